/**
 * Object storage as VFXB sees it: keys, whole objects, streams. Drivers stand beside this file.
 * A key is made by us from ids (`videos/vid_…/source`), never from a user's text.
 */
export interface StoredObject {
  readonly key: string;
  readonly sizeBytes: number;
  readonly modifiedAt: Date;
}

/** Both ends inclusive, in bytes, as in an HTTP Range. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface Storage {
  /** `undefined` when there is no such object. */
  stat(key: string): Promise<StoredObject | undefined>;
  /**
   * The object's bytes, as something a `Response` takes and streams without copying through the heap.
   * @throws AppError `not_found`
   */
  read(key: string, range?: ByteRange): Promise<Blob | ReadableStream<Uint8Array>>;
  /**
   * Stores a stream as one object. Nothing is visible under the key before every byte is durable.
   * @throws AppError `storage_full` (nothing stays), `payload_too_large` past `maxBytes`
   */
  write(
    key: string,
    body: AsyncIterable<Uint8Array>,
    options?: { readonly maxBytes?: number },
  ): Promise<StoredObject>;
  /** Copies or links the object to a local file. @throws AppError `source_missing` */
  fetchToFile(key: string, path: string): Promise<void>;
  /** Moves a local file into storage, durably and atomically; publishing the same key again is harmless. */
  publishFile(path: string, key: string): Promise<StoredObject>;
  /** Deleting what is not there is no error. True when something was deleted. */
  delete(key: string): Promise<boolean>;
  /** Deletes every object below the prefix (which ends in `/`); returns how many. */
  deletePrefix(prefix: string): Promise<number>;
  /** Every object whose key starts with the prefix (which ends in `/`), in no order. */
  list(prefix: string): AsyncIterable<StoredObject>;
  /** Bytes that can still be stored; `Infinity` where there is no such limit. */
  freeBytes(): Promise<number>;
}
