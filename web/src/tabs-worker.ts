import { serveTabs } from "../../client/tabs/index.ts";

serveTabs(self);
