/** Accounts, sessions and tokens: who someone is, and for how long we believe it. */
import { AppError } from '../../contracts/errors.ts';
import { newId, type UserId } from '../../contracts/ids.ts';
import type { Audit } from '../../platform/audit/audit.ts';
import type { Database } from '../../platform/db/database.ts';
import type { UserRecord } from '../../platform/db/models/user.ts';
import { createTokenSigner } from '../../platform/http/access-tokens.ts';
import { createPasswords, type Passwords } from './passwords.ts';
import { createPrincipals, type Principal } from './principals.ts';
import { createRefreshTokens } from './refresh-tokens.ts';
import { type AuthRepository, createAuthRepository, duplicateField } from './repository.ts';
import type { LoginBody, RegisterBody, SignedInView, TicketView, UserView } from './schema.ts';
import { type Caller, createSessions, type Sessions, viewUser } from './sessions.ts';

export type { Principal } from './principals.ts';

export interface AuthService {
  /** @throws AppError email_taken, username_taken, validation_failed */
  register(input: RegisterBody, caller: Caller): Promise<SignedInView>;
  /** @throws AppError invalid_credentials */
  login(input: LoginBody, caller: Caller): Promise<SignedInView>;
  /**
   * Exchanges a refresh token for the next tokens. A token used before ends its session, unless its child was given less than
   * ten seconds ago: then the answer was lost, and the same child is given again.
   * @throws AppError token_invalid, token_expired, refresh_token_reused
   */
  refresh(refreshToken: string, caller: Caller): Promise<SignedInView>;
  /** Ends the caller's session at once, and the one a given refresh token of theirs belongs to. */
  logout(principal: Principal, refreshToken: string | undefined, caller: Caller): Promise<void>;
  /** @throws AppError unauthenticated when the account is gone */
  me(userId: UserId): Promise<UserView>;
  /**
   * Proves an access token and that its session stands. Other processes see a revocation within two seconds, this one at once.
   * @throws AppError token_invalid, token_expired
   */
  readonly authenticate: (accessToken: string) => Promise<Principal>;
  /** That a principal's session still stands, for connections that outlive a request. @throws AppError token_invalid, token_expired */
  readonly confirm: (principal: Principal) => Promise<Principal>;
  /** A one-time ticket that opens a socket within 30 seconds. */
  issueTicket(principal: Principal): Promise<TicketView>;
  /** @throws AppError token_invalid (also for a second use), token_expired */
  readonly redeemTicket: (ticket: string) => Promise<Principal>;
}

export interface AuthDeps {
  readonly db: Pick<Database, 'models' | 'transaction'>;
  readonly audit: Audit;
  /** Signs every token; at least 32 bytes. */
  readonly jwtSecret: string;
  readonly now?: () => Date;
}

const normalEmail = (email: string): string => email.trim().toLowerCase();

export function createAuthService(deps: AuthDeps): AuthService {
  const repository = createAuthRepository(deps.db.models);
  const now = deps.now ?? (() => new Date());
  const accessTokens = createTokenSigner(deps.jwtSecret, 'access');
  const tickets = createTokenSigner(deps.jwtSecret, 'ws-ticket');
  const principals = createPrincipals({ repository, accessTokens, now });
  const passwords = createPasswords();
  const refreshTokens = createRefreshTokens(deps.jwtSecret);
  const { audit } = deps;
  const sessions = createSessions({
    transaction: deps.db.transaction,
    repository,
    audit,
    now,
    refreshTokens,
    accessTokens,
    principals,
  });
  return {
    ...createAccounts({ deps, repository, passwords, sessions }),
    refresh: sessions.refresh,
    logout: sessions.logout,
    authenticate: principals.authenticate,
    confirm: principals.ofSession,
    issueTicket: async (principal) => ({
      ticket: await tickets.sign(principal),
      expiresIn: tickets.lifetimeSeconds,
    }),
    async redeemTicket(ticket) {
      const claims = await tickets.verify(ticket);
      if (!(await repository.consumeTicket(claims.tokenId, claims.userId)))
        throw new AppError('token_invalid', 'The ticket was used before');
      return principals.ofSession(claims);
    },
  };
}

interface AccountParts {
  readonly deps: AuthDeps;
  readonly repository: AuthRepository;
  readonly passwords: Passwords;
  readonly sessions: Sessions;
}

function createAccounts({ deps, repository, passwords, sessions }: AccountParts) {
  const findByLogin = async (login: string): Promise<UserRecord | null> =>
    login.includes('@')
      ? repository.userByEmail(normalEmail(login))
      : repository.userByUsername(login.trim().toLowerCase());

  return {
    async register(input: RegisterBody, caller: Caller): Promise<SignedInView> {
      const email = normalEmail(input.email);
      const passwordHash = await passwords.hash(input.password);
      try {
        return await deps.db.transaction(async () => {
          const user = await repository.createUser({
            _id: newId('user'),
            email,
            ...(input.username === undefined ? {} : { username: input.username.toLowerCase() }),
            name: (input.name ?? email.slice(0, email.indexOf('@'))).trim(),
            passwordHash,
            role: 'user',
          });
          await deps.audit.append({
            actor: user._id,
            action: 'user.registered',
            subject: user._id,
            requestId: caller.requestId,
          });
          return sessions.open(user, caller);
        });
      } catch (error) {
        const field = duplicateField(error);
        if (field === undefined) throw error;
        throw new AppError(field === 'email' ? 'email_taken' : 'username_taken', undefined, { cause: error });
      }
    },

    async login(input: LoginBody, caller: Caller): Promise<SignedInView> {
      const login = input.email ?? input.username;
      if (login === undefined)
        throw new AppError('validation_failed', 'Send email or username', {
          issues: [{ path: '/email', message: 'Expected email or username' }],
        });
      const user = await findByLogin(login);
      const isRight =
        user === null
          ? await passwords.verifyNobody(input.password)
          : await passwords.verify(input.password, user.passwordHash);
      if (user === null || !isRight) throw new AppError('invalid_credentials');
      if (passwords.isOutdated(user.passwordHash))
        await repository.upgradeHash(user._id, user.passwordHash, await passwords.hash(input.password));
      return deps.db.transaction(async () => sessions.open(user, caller));
    },

    async me(userId: UserId): Promise<UserView> {
      const user = await repository.userById(userId);
      if (user === null) throw new AppError('unauthenticated', 'The account no longer exists');
      return viewUser(user);
    },
  };
}
