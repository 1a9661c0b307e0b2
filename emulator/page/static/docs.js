/* The API page: Swagger UI over this emulator's own descriptions (V2's with ?api=v2), ready to try with the account that is there. */

import { control, Refused, tokenKept } from "./dom.js";
import { speakAsBefore } from "./words.js";

/** The description with the first account's code filled in wherever an address names one. */
function filled(description, code) {
  for (const operations of Object.values(description.paths)) {
    for (const one of operations.parameters || []) if (one.name === "imp_code") one.example = code;
  }
  return description;
}

async function accountCode() {
  try {
    return (await control("/accounts")).accounts[0]?.imp_code;
  } catch (error) {
    if (!(error instanceof Refused)) throw error; // without the token it is typed by hand
    return undefined;
  }
}

speakAsBefore();
const file = new URLSearchParams(location.search).get("api") === "v2" ? "/openapi-v2.json" : "/openapi.json";
const [description, code] = await Promise.all([fetch(file).then((answer) => answer.json()), accountCode()]);
window.SwaggerUIBundle({
  spec: filled(description, code),
  dom_id: "#api",
  deepLinking: true,
  tryItOutEnabled: true,
  docExpansion: "none",
  defaultModelsExpandDepth: -1,
  validatorUrl: null,
  requestInterceptor(request) {
    const token = tokenKept();
    const isControl = new URL(request.url, location.href).pathname.startsWith("/_emulator/");
    if (isControl && token && !request.headers.Authorization) request.headers.Authorization = `Bearer ${token}`;
    return request;
  },
});
