import { existsSync } from "node:fs";

/** Where systems have a browser that Playwright can drive. */
const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/opt/google/chrome/chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  String.raw`C:\Program Files\Google\Chrome\Application\chrome.exe`,
];

/** The browser of this machine. Fails with what to install. */
export function foundBrowser(): string {
  const found = PLACES.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new Error("This needs a browser: install Chromium (Debian: apt-get install chromium) or Chrome.");
}
