import { mount } from "svelte";
import App from "./components/App.svelte";
import { Http } from "./core/http";
import { storedSettings } from "./core/settings";
import { keepAddress } from "./state/address";
import { mediaQuery } from "./state/media";
import { followNews } from "./state/news";
import { Session } from "./state/session";
import { Vocabulary } from "./state/vocabulary";
import { watchAccount } from "./state/watch";
import "./styles/fonts.css";
import "./styles/tokens.css";
import "./styles/base.css";

// The largest file: on its way before anything else happens.
void import("./map/city-map");

const surroundings = {
  languages: navigator.languages,
  dark: mediaQuery(window, "(prefers-color-scheme: dark)"),
};
const narrow = mediaQuery(window, "(max-width: 720px)");
const session = new Session(new Http(), storedSettings(browserStorage()), surroundings);
session.layersOpen.set(!narrow.get());
keepAddress(session, window);
session.start();
watchAccount(session.account, document);
followNewsAs(session);

const words = await Vocabulary.begin(session.appearance.language);

const target = document.querySelector("#app");
if (target) mount(App, { target, props: { session, words, narrow } });

/** Follows the news as whoever is signed in: the server tells everybody only what they may see. */
function followNewsAs({ account, changes }: Session): void {
  const follow = () =>
    followNews(() => new EventSource("/changes"), changes, {
      lost: () => void account.check(),
      rights: () => void account.relearn(),
    });
  let leave = follow();
  account.changed.listen(() => {
    leave();
    leave = follow();
  });
}

/** The browser's storage, unless its settings forbid even to look at it. */
function browserStorage(): Storage | undefined {
  try {
    return window.localStorage;
  } catch {
    return undefined;
  }
}
