/** What auth routes take and give. */
import { type Static, Type } from '@sinclair/typebox';
import { idPattern } from '../../contracts/ids.ts';

const strict = { additionalProperties: false } as const;

export const PASSWORD_MIN = 8;
export const PASSWORD_MAX = 1_024;
const EMAIL_MAX = 254;
const EXAMPLE_EMAIL = 'ada@example.com';
const EXAMPLE_PASSWORD = 'correct horse battery staple';

export const RegisterBody = Type.Object(
  {
    email: Type.String({
      minLength: 3,
      maxLength: EMAIL_MAX,
      pattern: '^\\s*[^\\s@]{1,64}@[^\\s@.]+(\\.[^\\s@.]+)+\\s*$',
      description: 'Kept in lower case',
      examples: [EXAMPLE_EMAIL],
    }),
    password: Type.String({
      minLength: PASSWORD_MIN,
      maxLength: PASSWORD_MAX,
      pattern: '\\S',
      description: 'Any characters; not only white space',
      examples: [EXAMPLE_PASSWORD],
    }),
    name: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 100,
        pattern: '\\S',
        description: 'How to address you; the part before the @ if left out',
        examples: ['Ada Lovelace'],
      }),
    ),
    username: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{2,31}$',
        maxLength: 32,
        description: 'A second name to log in with',
        examples: ['ada'],
      }),
    ),
  },
  { ...strict, examples: [{ email: EXAMPLE_EMAIL, password: EXAMPLE_PASSWORD, name: 'Ada Lovelace' }] },
);
export type RegisterBody = Static<typeof RegisterBody>;

export const LoginBody = Type.Object(
  {
    email: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: EMAIL_MAX,
        description: 'Email or username',
        examples: [EXAMPLE_EMAIL],
      }),
    ),
    username: Type.Optional(
      Type.String({ minLength: 1, maxLength: EMAIL_MAX, description: 'Instead of email', examples: ['ada'] }),
    ),
    password: Type.String({ minLength: 1, maxLength: PASSWORD_MAX, examples: [EXAMPLE_PASSWORD] }),
  },
  { ...strict, examples: [{ email: EXAMPLE_EMAIL, password: EXAMPLE_PASSWORD }] },
);
export type LoginBody = Static<typeof LoginBody>;

const EXAMPLE_SESSION = 'ses_0193b5c0-7e1a-7c3e-9d52-3f7a1c0de001';
const RefreshToken = Type.String({
  minLength: 1,
  maxLength: 512,
  description: 'Good for one refresh; the answer holds the next one',
  examples: [`${EXAMPLE_SESSION}.3.q1w2e3r4t5y6u7i8o9p0a1s2d3f4g5h6j7k8l9z0x1c`],
});

export const RefreshBody = Type.Object({ refreshToken: RefreshToken }, strict);
export const LogoutBody = Type.Optional(
  Type.Object(
    { refreshToken: Type.Optional(RefreshToken) },
    { ...strict, description: 'Names another session of yours to end besides this one' },
  ),
);

export const UserView = Type.Object(
  {
    id: Type.String({
      pattern: idPattern('user'),
      examples: ['usr_0193b5c0-7e1a-7c3e-9d52-3f7a1c0de000'],
    }),
    email: Type.String({ examples: [EXAMPLE_EMAIL] }),
    username: Type.Union([Type.String(), Type.Null()], { examples: ['ada'] }),
    name: Type.String({ examples: ['Ada Lovelace'] }),
    role: Type.Union([Type.Literal('user'), Type.Literal('admin')], { examples: ['user'] }),
    createdAt: Type.String({ format: 'date-time', maxLength: 32, examples: ['2026-01-05T10:00:00.000Z'] }),
    updatedAt: Type.String({ format: 'date-time', maxLength: 32, examples: ['2026-01-05T10:00:00.000Z'] }),
  },
  { ...strict, description: 'An account' },
);
export type UserView = Static<typeof UserView>;

const AccessToken = Type.String({
  description: 'Send it as Authorization: Bearer <accessToken>',
  examples: ['eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ1c3JfMDE5M2I1YzAifQ.c2lnbmF0dXJl'],
});

export const TokensView = Type.Object(
  {
    accessToken: AccessToken,
    refreshToken: RefreshToken,
    expiresIn: Type.Integer({ description: 'Seconds until the access token runs out', examples: [900] }),
  },
  { ...strict, description: 'Tokens of one session' },
);
export type TokensView = Static<typeof TokensView>;

export const SignedInView = Type.Object({ user: UserView, tokens: TokensView }, strict);
export type SignedInView = Static<typeof SignedInView>;

export const MeView = Type.Object({ user: UserView }, strict);
export const LoggedOutView = Type.Object({ loggedOut: Type.Literal(true) }, strict);
export const TicketView = Type.Object(
  {
    ticket: Type.String({
      description: 'Good once: GET /api/v1/realtime?ticket=<ticket>',
      examples: ['eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJhdWQiOiJ2ZnhiOndzLXRpY2tldCJ9.c2lnbmF0dXJl'],
    }),
    expiresIn: Type.Integer({ description: 'Seconds until it runs out', examples: [30] }),
  },
  strict,
);
export type TicketView = Static<typeof TicketView>;
