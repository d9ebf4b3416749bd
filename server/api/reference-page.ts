import { StaticFile } from "../static-file.ts";

/** Where the page and what it loads are. */
const REFERENCE_AT = "/api";
const ASSETS_AT = `${REFERENCE_AT}/reference`;

/** Scripts and styles of this server alone. The library sets what styles it computes by script, for which no policy asks. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const PAGE = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Trestle: the API</title>
<link rel="stylesheet" href="${ASSETS_AT}/swagger-ui.css">
<link rel="icon" href="${ASSETS_AT}/favicon-32x32.png">
<main id="api"></main>
<script src="${ASSETS_AT}/swagger-ui-bundle.js"></script>
<script src="${ASSETS_AT}/start.js"></script>
</html>
`;

/** Keys that somebody enters are kept until the page is left, and nowhere else. */
const START = `SwaggerUIBundle({
  url: "/api/openapi.json",
  dom_id: "#api",
  deepLinking: true,
  docExpansion: "none",
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  filter: true,
  persistAuthorization: false,
  tryItOutEnabled: true,
  validatorUrl: null,
});
`;

const TYPES = { css: "text/css; charset=utf-8", js: "text/javascript; charset=utf-8", png: "image/png" };

/** The page that shows the API and tries it, and what it loads: path → file. */
export function referenceFiles(): ReadonlyMap<string, StaticFile> {
  return new Map([
    [REFERENCE_AT, new StaticFile(PAGE, "text/html; charset=utf-8", { "content-security-policy": POLICY })],
    [`${ASSETS_AT}/start.js`, new StaticFile(START, TYPES.js)],
    [`${ASSETS_AT}/swagger-ui-bundle.js`, installed(import.meta.resolve("swagger-ui-dist/swagger-ui-bundle.js"), "js")],
    [`${ASSETS_AT}/swagger-ui.css`, installed(import.meta.resolve("swagger-ui-dist/swagger-ui.css"), "css")],
    [`${ASSETS_AT}/favicon-32x32.png`, installed(import.meta.resolve("swagger-ui-dist/favicon-32x32.png"), "png")],
  ]);
}

function installed(url: string, type: keyof typeof TYPES): StaticFile {
  return new StaticFile(new URL(url), TYPES[type]);
}
