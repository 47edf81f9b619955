/** A client of the public interfaces only: REST and the realtime socket, as any frontend would use them. */

export interface Frame {
  readonly type: string;
  readonly id?: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Realtime {
  send(type: string, data: Readonly<Record<string, unknown>>): void;
  /** Resolves with the first frame, past or coming, that is accepted; `onEach` sees every coming frame meanwhile. */
  waitFor(accepts: (frame: Frame) => boolean, onEach?: (frame: Frame) => void): Promise<Frame>;
  close(): void;
}

/** An answer that was not a success, with the problem's code and detail. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
}

function openSocket(url: string): Promise<Realtime> {
  const socket = new WebSocket(url);
  const seen: Frame[] = [];
  const listeners = new Set<(frame: Frame) => void>();
  const broken = Promise.withResolvers<never>();
  // Nobody may be waiting when the socket closes at the end.
  broken.promise.catch(() => {});
  socket.addEventListener('message', (event) => {
    const frame = JSON.parse(String(event.data)) as Frame;
    seen.push(frame);
    for (const listener of listeners) listener(frame);
  });
  socket.addEventListener('close', (event) =>
    broken.reject(new Error(`the socket closed (${event.code} ${event.reason})`)),
  );
  const realtime: Realtime = {
    send: (type, data) => socket.send(JSON.stringify({ type, id: crypto.randomUUID(), data })),
    waitFor: (accepts, onEach) => {
      const earlier = seen.find(accepts);
      if (earlier !== undefined) return Promise.resolve(earlier);
      const found = Promise.withResolvers<Frame>();
      const listener = (frame: Frame): void => {
        onEach?.(frame);
        if (accepts(frame)) found.resolve(frame);
      };
      listeners.add(listener);
      return Promise.race([found.promise, broken.promise]).finally(() => listeners.delete(listener));
    },
    close: () => socket.close(),
  };
  const opened = new Promise<Realtime>((resolve) => socket.addEventListener('open', () => resolve(realtime)));
  return Promise.race([opened, broken.promise]);
}

export class ApiClient {
  readonly #baseUrl: string;
  #token = '';

  constructor(baseUrl: string) {
    this.#baseUrl = baseUrl;
  }

  /** Calls `/api/v1<path>` and resolves with `data` of the answer. @throws ApiProblem */
  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.#baseUrl}/api/v1${path}`, {
      method,
      headers: {
        ...(this.#token === '' ? {} : { authorization: `Bearer ${this.#token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return this.#data<T>(response, `${method} ${path}`);
  }

  async register(email: string, password: string): Promise<void> {
    const data = await this.call<{ tokens: { accessToken: string } }>('POST', '/auth/register', {
      email,
      password,
      name: 'Demo',
    });
    this.#token = data.tokens.accessToken;
  }

  /** Sends the file in a multipart form, field `video`. */
  async upload(path: string, name: string): Promise<{ id: string }> {
    const form = new FormData();
    form.set('video', Bun.file(path), name);
    const response = await fetch(`${this.#baseUrl}/api/v1/videos`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#token}` },
      body: form,
    });
    return this.#data<{ id: string }>(response, 'POST /videos');
  }

  /** Saves `/api/v1<path>` to a file. @throws ApiProblem */
  async download(path: string, file: string): Promise<void> {
    const response = await fetch(`${this.#baseUrl}/api/v1${path}`, {
      headers: { authorization: `Bearer ${this.#token}` },
    });
    if (!response.ok) throw new ApiProblem(`GET ${path} answered ${response.status}`);
    await Bun.write(file, response);
  }

  /** Opens the socket and authenticates; resolves once the server is ready. */
  async openRealtime(): Promise<Realtime> {
    const realtime = await openSocket(`${this.#baseUrl.replace(/^http/, 'ws')}/api/v1/realtime`);
    realtime.send('auth', { token: this.#token });
    await realtime.waitFor((frame) => frame.type === 'ready');
    return realtime;
  }

  async #data<T>(response: Response, what: string): Promise<T> {
    const answer = (await response.json()) as { data: T; code?: string; detail?: string; errors?: unknown };
    if (response.ok) return answer.data;
    const errors = answer.errors === undefined ? '' : ` ${JSON.stringify(answer.errors)}`;
    throw new ApiProblem(`${what} answered ${response.status} ${answer.code}: ${answer.detail}${errors}`);
  }
}
