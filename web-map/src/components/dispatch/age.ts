import type { Words } from "../../messages";

/** How long ago something was, in the unit that people would say it in; "–" if nobody knows. */
export function ageText({ text }: Words, at: number | null, now: number): string {
  if (at === null) return "–";
  const seconds = Math.max(0, Math.round((now - at) / 1000));
  if (seconds < 100) return text("dispatch.seconds", { count: seconds });
  const minutes = Math.round(seconds / 60);
  if (minutes < 100) return text("dispatch.minutes", { count: minutes });
  const hours = Math.round(minutes / 60);
  return hours < 48
    ? text("dispatch.hours", { count: hours })
    : text("dispatch.days", { count: Math.round(hours / 24) });
}
