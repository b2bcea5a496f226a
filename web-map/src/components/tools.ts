import type { MessageKey } from "../messages";
import type { IconName } from "./icons";

/** Something to do with the map, offered in the top bar and by a key. */
export interface Tool {
  icon: IconName;
  title: MessageKey;
  /** Its shortcut. */
  key: string;
  /** Whether what it opens is open; absent if it opens nothing. */
  open?: boolean;
  run: () => void;
}
