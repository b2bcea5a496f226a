import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";

/** Somebody with an account in the city. */
export interface Person {
  name: string;
  title: string;
  password: string;
}

/** Whether commands reach the server's data, so that accounts can be made. */
export const commands = Boolean(process.env.KVARTAL_DATA_DIR);

/** Runs a command of the program beside the server. */
export function kvartal(args: readonly string[], input = ""): string {
  return execFileSync("../bin/kvartal", args, { input, encoding: "utf8" });
}

/** Makes an account with a name that nobody else has. */
export function newPerson(title: string, roles: readonly string[] = []): Person {
  const person = { name: `p${randomUUID().slice(0, 8)}`, title, password: randomUUID() };
  const more = roles.length ? ["--role", roles.join(",")] : [];
  kvartal(["user", "add", person.name, "--title", title, "--password-stdin", ...more], person.password);
  return person;
}

/** Makes a role that may see what moves, now and in the past, and keeps the register of devices; and a key of it. */
export function newDispatchers(): { role: string; key: string } {
  const role = `r${randomUUID().slice(0, 8)}`;
  kvartal(["role", "add", role, "--title", "Dispatchers"]);
  for (const layer of ["ploughs", "buses"])
    kvartal(["grant", "give", role, layer, "see", "query", "history", "export"]);
  kvartal(["grant", "give", role, "devices", "query", "create"]);
  const [key = ""] = kvartal(["key", "add", "Trackers", "--role", role]).split("\n");
  return { role, key };
}

/** Makes a role that may work with contracts, personal data included. */
export function newContractsRole(): string {
  const role = `r${randomUUID().slice(0, 8)}`;
  kvartal(["role", "add", role, "--title", "Property office"]);
  const attributes = ["--attributes", "*", "--attributes", "party"];
  kvartal(["grant", "give", role, "contracts", "identify", "query", ...attributes]);
  return role;
}
