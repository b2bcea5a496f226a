import { ADMINISTRATOR } from "../../core/account";
import { PUBLIC, type Role } from "../../core/admin";
import type { Words } from "../../messages";

/** What a role is called: those that every city has in the language of the interface. */
export function roleTitle({ text }: Words, { name, title }: Pick<Role, "name" | "title">): string {
  if (name === PUBLIC) return text("admin.role.public");
  if (name === ADMINISTRATOR) return text("admin.role.administrator");
  return title || name;
}
