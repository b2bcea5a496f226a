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
  readonly #preview = new Store<string | null>(null);
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

  /** The role that an administrator looks through; null if they look with their own rights. */
  get preview(): Readable<string | null> {
    return this.#preview;
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

  /** Asks the server who we are, because it said that our rights have changed: then everything may have. */
  async relearn(): Promise<void> {
    try {
      await this.#learn("changed", true);
    } catch {
      // As in check.
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

  /** Shows everything as a role sees it. */
  async lookAs(role: string): Promise<void> {
    await this.api.lookAs(role);
    await this.#learn("changed");
  }

  async endLook(): Promise<void> {
    await this.api.endLook();
    await this.#learn("changed");
  }

  /** Ends this session, or all sessions of the account. */
  async signOut(everywhere = false): Promise<void> {
    await this.api.signOut(everywhere);
    this.#temporary = "";
    await this.#learn("signed-out");
  }

  /** @param anew whether to tell of a change though the person is the same */
  async #learn(how: AccountChange, anew = false): Promise<void> {
    const { user, login, first, preview } = await this.api.identity();
    const before = this.#user.get();
    const same = sameUser(before, user) && preview === this.#preview.get();
    const beginning = !this.#known && how === "changed";
    this.#known = true;
    this.#login.set(login);
    this.#first.set(first);
    if (same && !anew) return;
    this.#user.set(user);
    this.#preview.set(preview);
    if (!beginning) this.changed.emit(how === "changed" && before && !user ? "ended" : how);
  }
}

function sameUser(a: Identity["user"], b: Identity["user"]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
