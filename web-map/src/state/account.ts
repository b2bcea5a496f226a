import { ADMINISTRATOR, type AccountApi, type Identity, type LoginWays, type User } from "../core/account";
import { Signal, Store, type Readable } from "../core/store";

/** How somebody became somebody else: by signing in or out here, or without doing anything. */
export type AccountChange = "signed-in" | "signed-out" | "ended" | "changed";

export type AccountDialog = "sign-in" | "password" | "first";

/** Who is at the map. */
export class Account {
  readonly #user = new Store<User | null>(null);
  readonly #login = new Store<LoginWays>({ local: false, oidc: [] });
  /** Tells of another person, or of other roles: all that the server told before may be wrong now. */
  readonly changed = new Signal<AccountChange>();
  /** The dialog that is open. */
  readonly dialog = new Store<AccountDialog | null>(null);
  readonly #first = new Store(false);
  #known = false;
  /** The password of an administrator's that somebody has just signed in with, so that it need not be typed again. */
  #temporary = "";

  constructor(private readonly api: AccountApi) {}

  get user(): Readable<User | null> {
    return this.#user;
  }

  get login(): Readable<LoginWays> {
    return this.#login;
  }

  /** Whether nobody administers the city yet. */
  get first(): Readable<boolean> {
    return this.#first;
  }

  /** Whether the present password is known, because it was typed a moment ago. */
  get knowsPassword(): boolean {
    return this.#temporary !== "";
  }

  get mayAdminister(): boolean {
    return this.#user.get()?.roles.includes(ADMINISTRATOR) ?? false;
  }

  /** Where signing in at another system begins; it leads back to the present view. */
  providerAddress(provider: string, { pathname, search, hash }: Location): string {
    return this.api.providerAddress(provider, pathname + search + hash);
  }

  /** Asks the server who we are. A server that cannot be asked changes nothing. */
  async check(): Promise<void> {
    try {
      await this.#learn("changed");
    } catch {
      // What needs the server will say so itself.
    }
  }

  /** @throws Failure of status 403 for a wrong name or password, 429 for too many attempts */
  async signIn(name: string, password: string): Promise<void> {
    await this.api.signIn(name, password);
    await this.#learn("signed-in");
    if (!this.#user.get()?.temporary) return;
    this.#temporary = password;
    this.dialog.set("password");
  }

  /**
   * Replaces our password. The present one may be left out if it is known.
   *
   * @throws Failure of status 403 for a wrong present password, 400 for one that will not do
   */
  async changePassword(current: string, password: string): Promise<void> {
    await this.api.changePassword(current || this.#temporary, password);
    this.#temporary = "";
    await this.#learn("changed");
  }

  /** @throws Failure of status 403 for a token that is not good, 400 for a name or password that will not do */
  async begin(token: string, name: string, password: string): Promise<void> {
    await this.api.begin(token, name, password);
    await this.#learn("signed-in");
  }

  /** Ends this session, or all sessions of the account. */
  async signOut(everywhere = false): Promise<void> {
    await this.api.signOut(everywhere);
    this.#temporary = "";
    await this.#learn("signed-out");
  }

  async #learn(how: AccountChange): Promise<void> {
    const { user, login, first } = await this.api.identity();
    const before = this.#user.get();
    const beginning = !this.#known && how === "changed";
    this.#known = true;
    this.#login.set(login);
    this.#first.set(first);
    if (sameUser(before, user)) return;
    this.#user.set(user);
    if (!beginning) this.changed.emit(how === "changed" && before && !user ? "ended" : how);
  }
}

function sameUser(a: Identity["user"], b: Identity["user"]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
