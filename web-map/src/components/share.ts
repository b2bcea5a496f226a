import type { Notices } from "../state/notices";

/** Puts the address of the present view into the clipboard. */
export async function shareLink(notices: Notices): Promise<void> {
  if (await copy(location.href)) notices.show({ id: "share", kind: "info", text: "share.copied" });
  else notices.show({ id: "share", kind: "error", text: "failure.copy" });
}

/** Whether the browser let us put a text into the clipboard. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
