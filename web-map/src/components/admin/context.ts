import { createContext } from "svelte";
import type { AdminApi } from "../../core/admin";

/** The server's administration, for the components in this folder. */
export const [administration, setAdministration] = createContext<AdminApi>();
