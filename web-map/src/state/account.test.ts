import { expect, test } from "vitest";
import { AccountApi, type User } from "../core/account";
import { Http } from "../core/http";
import { Account, type AccountChange } from "./account";

const anna: User = { name: "anna", title: "Anna", roles: ["administrator", "public"], temporary: false, local: true };
const PASSWORD = "correct horse";

/** An account at a server that knows one person. */
function atServer(signedIn: User | null = null, known = anna) {
  const server = { user: signedIn, preview: null as string | null, requests: [] as string[] };
  const http = new Http((input, init) => {
    const headers = init?.headers as Record<string, string>;
    server.requests.push(`${init?.method} ${input as string} ${headers["x-csrf-token"] ?? ""}`.trim());
    if (input === "/session/preview") {
      const role = init?.method === "POST" ? (JSON.parse(init.body as string) as { role: string }).role : null;
      server.preview = role;
      return Promise.resolve(new Response(null, { status: 204 }));
    }
    if (init?.method === "DELETE") server.user = null;
    if (init?.method === "POST") {
      if (!(init.body as string).includes(PASSWORD)) return Promise.resolve(new Response(null, { status: 403 }));
      server.user = known;
    }
    if (init?.method === "PUT") {
      if (!(init.body as string).includes(`"current":"${PASSWORD}"`))
        return Promise.resolve(new Response(null, { status: 403 }));
      server.user = { ...known, temporary: false };
    }
    const login = { local: true, oidc: [] };
    const body = { user: server.user, csrf: server.user ? "token" : "", first: false, preview: server.preview, login };
    return Promise.resolve(init?.method === "GET" ? Response.json(body) : new Response(null, { status: 204 }));
  });
  const account = new Account(new AccountApi(http));
  const changes: AccountChange[] = [];
  account.changed.listen((change) => changes.push(change));
  return { account, server, changes };
}

test("who is there at the beginning is no change", async () => {
  const { account, changes } = atServer(anna);
  await account.check();
  expect(account.user.get()).toEqual(anna);
  expect(account.mayAdminister).toBe(true);
  expect(changes).toEqual([]);
});

test("signing in and out is told, with the session's token", async () => {
  const { account, server, changes } = atServer();
  await account.check();
  await account.signIn("anna", PASSWORD);
  await account.signOut(true);
  expect(account.user.get()).toBeNull();
  expect(changes).toEqual(["signed-in", "signed-out"]);
  expect(server.requests).toContain("DELETE /session?everywhere=true token");
});

test("a wrong password leaves things as they are", async () => {
  const { account, changes } = atServer();
  await account.check();
  await expect(account.signIn("anna", "wrong")).rejects.toMatchObject({ status: 403 });
  expect(account.user.get()).toBeNull();
  expect(changes).toEqual([]);
});

test("a session that has ended is told, and so are other roles", async () => {
  const { account, server, changes } = atServer(anna);
  await account.check();
  server.user = { ...anna, roles: ["public"] };
  await account.check();
  expect(account.mayAdminister).toBe(false);
  server.user = null;
  await account.check();
  expect(changes).toEqual(["changed", "ended"]);
});

test("a password that an administrator gave is to be replaced, without typing it again", async () => {
  const { account, changes } = atServer(null, { ...anna, temporary: true });
  await account.check();
  await account.signIn("anna", PASSWORD);
  expect(account.dialog.get()).toBe("password");
  expect(account.knowsPassword).toBe(true);
  await account.changePassword("", "a password of her own");
  expect(account.user.get()?.temporary).toBe(false);
  expect(account.knowsPassword).toBe(false);
  expect(changes).toEqual(["signed-in", "changed"]);
  await expect(account.changePassword("guessed", "another password")).rejects.toMatchObject({ status: 403 });
});

test("whoever looks through a role, and ends it, sees everything anew", async () => {
  const { account, changes } = atServer(anna);
  await account.check();
  await account.lookAs("clerk");
  expect(account.preview.get()).toBe("clerk");
  await account.endLook();
  expect(account.preview.get()).toBeNull();
  expect(changes).toEqual(["changed", "changed"]);
});

test("rights that have changed are told of even if the person is the same", async () => {
  const { account, changes } = atServer(anna);
  await account.check();
  await account.relearn();
  expect(changes).toEqual(["changed"]);
});
