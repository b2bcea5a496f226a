import type { Http } from "./http";

/** Somebody who has signed in. */
export interface User {
  name: string;
  /** Name for people; may be "". */
  title: string;
  roles: readonly string[];
  /** An administrator has given the password: rights hold when it is replaced. */
  temporary: boolean;
  /** Has a password here, rather than with another system. */
  local: boolean;
}

/** The fewest characters of a password; the server decides. */
export const SHORTEST_PASSWORD = 15;

/** Where people can sign in with an account of another system (OpenID Connect). */
export interface Provider {
  id: string;
  title: string;
}

/** The ways to sign in; none of them if there is no signing in here. */
export interface LoginWays {
  local: boolean;
  oidc: readonly Provider[];
}

/** Who the server takes us for (/session). */
export interface Identity {
  /** Null: the public. */
  user: User | null;
  csrf: string;
  /** The role that an administrator looks through, to see what it sees; null if they look with their own rights. */
  preview: string | null;
  /** Nobody administers the city yet: whoever has the token of its server may begin. */
  first: boolean;
  login: LoginWays;
}

/** Rights to manage accounts, rights and the audit log. */
export const ADMINISTRATOR = "administrator";

export function displayName({ name, title }: User): string {
  return title || name;
}

/** Signing in and out, as the server knows it. Every method fails with a Failure. */
export class AccountApi {
  constructor(private readonly http: Http) {}

  /** Who we are; from now on requests prove that they come from this page. */
  async identity(): Promise<Identity> {
    const identity = await this.http.json<Identity>("/session");
    this.http.csrf = identity.csrf;
    return identity;
  }

  async signIn(name: string, password: string): Promise<void> {
    await this.http.send("/session", { method: "POST", body: { name, password } });
  }

  providerAddress(provider: string, back: string): string {
    return `/session/oidc/${encodeURIComponent(provider)}?${new URLSearchParams({ return: back }).toString()}`;
  }

  /** Gives ourselves another password; other sessions of the account end. */
  async changePassword(current: string, password: string): Promise<void> {
    await this.http.send("/session/password", { method: "PUT", body: { current, password } });
  }

  /** Makes the first administrator, with the token that the server printed, and signs in. */
  async begin(token: string, name: string, password: string): Promise<void> {
    await this.http.send("/session/first", { method: "POST", body: { token, name, password } });
  }

  /** Looks through a role: until it ends everything is as that role sees it, and nothing can be changed. */
  async lookAs(role: string): Promise<void> {
    await this.http.send("/session/preview", { method: "POST", body: { role } });
  }

  async endLook(): Promise<void> {
    await this.http.send("/session/preview", { method: "DELETE" });
  }

  async signOut(everywhere: boolean): Promise<void> {
    await this.http.send("/session", { method: "DELETE", ...(everywhere && { query: { everywhere: "true" } }) });
  }
}
