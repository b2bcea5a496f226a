import { ADMINISTRATOR, type AccountApi, type Identity, type LoginWays, type User } from "../core/account";
import { Signal, Store, type Readable } from "../core/store";

/** How somebody became somebody else: by signing in or out here, or without doing anything. */
export type AccountChange = "signed-in" | "signed-out" | "ended" | "changed";

export type AccountDialog = "sign-in";

/** Who is at the map. */
export class Account {
  readonly #user = new Store<User | null>(null);
  readonly #login = new Store<LoginWays>({ local: false, oidc: [] });
  /** Tells of another person, or of other roles: all that the server told before may be wrong now. */
  readonly changed = new Signal<AccountChange>();
  /** The dialog that is open. */
  readonly dialog = new Store<AccountDialog | null>(null);
  #known = false;

  constructor(private readonly api: AccountApi) {}

  get user(): Readable<User | null> {
    return this.#user;
  }

  get login(): Readable<LoginWays> {
    return this.#login;
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
  }

  /** Ends this session, or all sessions of the account. */
  async signOut(everywhere = false): Promise<void> {
    await this.api.signOut(everywhere);
    await this.#learn("signed-out");
  }

  async #learn(how: AccountChange): Promise<void> {
    const { user, login } = await this.api.identity();
    const before = this.#user.get();
    const first = !this.#known && how === "changed";
    this.#known = true;
    this.#login.set(login);
    if (sameUser(before, user)) return;
    this.#user.set(user);
    if (!first) this.changed.emit(how === "changed" && before && !user ? "ended" : how);
  }
}

function sameUser(a: Identity["user"], b: Identity["user"]): boolean {
  return a?.name === b?.name && a?.title === b?.title && a?.roles.join() === b?.roles.join();
}
