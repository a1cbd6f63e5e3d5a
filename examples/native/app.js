import { recognise } from "./utils/customer";

App({
  globalData: {
    // Whom the bakery knows, or null.
    customer: null,
  },

  onLaunch() {
    // Without a question to the user. Who is not recognised can shop all the same.
    recognise().catch(() => {});
  },
});
