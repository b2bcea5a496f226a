import type { MultiPolygon, Polygon } from "geojson";
import type { Http, Query } from "./http";
import type { Language } from "./language";

/** An account as administrators see it. */
export interface ManagedUser {
  name: string;
  /** Name for people; may be "". */
  title: string;
  roles: string[];
  disabled: boolean;
  /** An administrator has given the password, and it has not been replaced yet. */
  temporary: boolean;
  /** RFC 3339; null if signing in is not locked. */
  lockedUntil: string | null;
  sessions: number;
  created: string;
  /** "local" and ids of other systems. */
  logins: string[];
}

/** What of an account can be changed. */
export interface UserChange {
  title?: string;
  roles?: string[];
  disabled?: boolean;
}

/** A password that an administrator passes on. The server shows it once. */
export interface GivenPassword {
  name: string;
  password: string;
}

export interface Role {
  name: string;
  title: string;
  /** Public or administrator: cannot be deleted. */
  builtin: boolean;
  users: number;
  keys: number;
  grants: number;
}

/** The role that everybody has. */
export const PUBLIC = "public";

export const ACTIONS = [
  "see",
  "identify",
  "query",
  "export",
  "create",
  "change",
  "delete",
  "history",
  "manage",
] as const;
export type Action = (typeof ACTIONS)[number];

/** What may be done with an attribute, from least to most. */
export const LEVELS = ["hidden", "masked", "readable", "writable"] as const;
export type Level = (typeof LEVELS)[number];

/** Stands for all attributes that are not personal data. */
export const OTHERS = "*";

export type Area = Polygon | MultiPolygon;

/** What a role may do with a layer, as it is filled in. */
export interface GrantForm {
  layer: string;
  actions: Action[];
  attributes: Record<string, Level>;
  /** CQL2 text; "" for all rows. */
  filter: string;
  /** In longitude and latitude; null for everywhere. */
  area: { polygon: Area } | null;
  /** Gives personal data to the public, which is refused without. */
  personal: boolean;
}

export interface Grant extends GrantForm {
  id: number;
  /** Given by the layer's own definition: cannot be edited, ends when the layer is closed. */
  definition: boolean;
  /** Why it fits its layer no more and gives nothing. */
  problem: string | null;
}

/** A layer as rights are given on it. */
export interface GrantableLayer {
  id: string;
  title: string;
  group: string;
  geometry: boolean;
  /** Whether the rights of its own definition hold no more. */
  closed: boolean;
  attributes: { name: string; title: string; personal: boolean }[];
}

/** A key with which another system comes in. */
export interface Key {
  id: string;
  title: string;
  roles: string[];
  expires: string;
}

/** A line of the audit log. */
export interface AuditEvent {
  id: number;
  at: string;
  principal: string;
  action: string;
  subject: string;
  address: string;
  detail: Record<string, unknown> | null;
}

/** Which lines of the audit log; "" for all. Times are RFC 3339. */
export interface AuditQuery {
  who: string;
  /** An action, or the beginning of some up to its dot. */
  what: string;
  layer: string;
  since: string;
  until: string;
}

/** Accounts, rights and the audit log, for administrators. Every method fails with a Failure. */
export class AdminApi {
  constructor(private readonly http: Http) {}

  async users(): Promise<ManagedUser[]> {
    return (await this.http.json<{ users: ManagedUser[] }>("/admin/users")).users;
  }

  addUser(name: string, title: string, roles: readonly string[]): Promise<GivenPassword> {
    return this.http.json("/admin/users", { method: "POST", body: { name, title, roles } });
  }

  async changeUser(name: string, change: UserChange): Promise<void> {
    await this.http.send(under("users", name), { method: "PATCH", body: change });
  }

  async deleteUser(name: string): Promise<void> {
    await this.http.send(under("users", name), { method: "DELETE" });
  }

  /** Gives another password: whoever has forgotten theirs, or is locked out, comes in again. */
  newPassword(name: string): Promise<GivenPassword> {
    return this.http.json(`${under("users", name)}/password`, { method: "POST", body: {} });
  }

  async endSessions(name: string): Promise<void> {
    await this.http.send(`${under("users", name)}/sessions`, { method: "DELETE" });
  }

  async roles(): Promise<Role[]> {
    return (await this.http.json<{ roles: Role[] }>("/admin/roles")).roles;
  }

  async addRole(name: string, title: string): Promise<void> {
    await this.http.send("/admin/roles", { method: "POST", body: { name, title } });
  }

  async renameRole(name: string, title: string): Promise<void> {
    await this.http.send(under("roles", name), { method: "PATCH", body: { title } });
  }

  async deleteRole(name: string): Promise<void> {
    await this.http.send(under("roles", name), { method: "DELETE" });
  }

  async grants(role: string): Promise<Grant[]> {
    return (await this.http.json<{ grants: Grant[] }>(`${under("roles", role)}/grants`)).grants;
  }

  /** Gives a role a right, or replaces the one of this id. */
  async give(role: string, grant: GrantForm, id?: number): Promise<void> {
    const path = `${under("roles", role)}/grants`;
    if (id === undefined) await this.http.send(path, { method: "POST", body: grant });
    else await this.http.send(`${path}/${id}`, { method: "PUT", body: grant });
  }

  async revoke(role: string, id: number): Promise<void> {
    await this.http.send(`${under("roles", role)}/grants/${id}`, { method: "DELETE" });
  }

  async layers(language: Language): Promise<GrantableLayer[]> {
    const query = { lang: language };
    return (await this.http.json<{ layers: GrantableLayer[] }>("/admin/layers", { query })).layers;
  }

  /** Says whether the rights of a layer's own definition hold no more. */
  async close(layer: string, closed: boolean): Promise<void> {
    await this.http.send(under("layers", layer), { method: "PUT", body: { closed } });
  }

  async keys(): Promise<Key[]> {
    return (await this.http.json<{ keys: Key[] }>("/admin/keys")).keys;
  }

  /** Makes a key; the server shows it once. */
  addKey(title: string, roles: readonly string[], days: number): Promise<{ id: string; key: string }> {
    return this.http.json("/admin/keys", { method: "POST", body: { title, roles, days } });
  }

  async deleteKey(id: string): Promise<void> {
    await this.http.send(under("keys", id), { method: "DELETE" });
  }

  /** A page of the audit log, latest first; `next` is the `before` of the page that follows. */
  audit(query: AuditQuery, before: number | null): Promise<{ events: AuditEvent[]; next: number | null }> {
    return this.http.json("/admin/audit", { query: { ...asked(query), limit: 50, ...(before && { before }) } });
  }

  /** Where all lines that match are downloaded. */
  auditAddress(query: AuditQuery, f: "csv" | "ndjson"): string {
    return `/admin/audit?${new URLSearchParams({ ...asked(query), f }).toString()}`;
  }
}

function under(folder: string, name: string): string {
  return `/admin/${folder}/${encodeURIComponent(name)}`;
}

function asked(query: AuditQuery): Query & Record<string, string> {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ""));
}
