import type { Area } from "../core/admin";
import { Store } from "../core/store";

export type AdminTab = "users" | "roles" | "layers" | "keys" | "audit";

/** What the page knows of the administration: where it stands, so that it is there again after a look through a role. */
export class Administering {
  readonly open = new Store(false);
  readonly tab = new Store<AdminTab>("users");
  /** The role whose rights are on show; null for the list of roles. */
  readonly role = new Store<string | null>(null);
  /** The area of the right that is being edited: the map shows it. */
  readonly area = new Store<Area | null>(null);
  /** Whether that area is being drawn: then the map is what matters. */
  readonly drawing = new Store(false);
}
