import type { Attachment } from "svelte/attachments";

/** Sets one property of an element's style by script, which the content security policy lets be. */
export function styled(property: string, value: string): Attachment<HTMLElement> {
  return (element) => element.style.setProperty(property, value);
}
