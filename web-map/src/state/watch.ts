import type { Account } from "./account";

/** A session that ends elsewhere is noticed within this time at the latest. */
const INTERVAL_MILLISECONDS = 60_000;

/** Asks who we are whenever somebody comes back to the page, and now and then while somebody is signed in. */
export function watchAccount(account: Account, page: Document): void {
  const seen = () => page.visibilityState === "visible";
  page.addEventListener("visibilitychange", () => {
    if (seen()) void account.check();
  });
  setInterval(() => {
    if (seen() && account.user.get()) void account.check();
  }, INTERVAL_MILLISECONDS);
}
