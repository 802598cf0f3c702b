// An OpenID provider on this machine: oidc-provider, which is certified, as it comes, with its own pages to sign in at.
//
//     node provider.mjs PORT REDIRECT ACCOUNT
//
// Two programs have clients of their own there, whose tokens for a resource are of that account.

import { pathToFileURL } from "node:url";

// its modules are not beside this file: they are where `make test-clients` installs what node has
const { Provider } = await import(pathToFileURL(process.env.OIDC_PROVIDER).href);
const [port, redirect, account] = process.argv.slice(2);

const program = (id) => ({
  client_id: id,
  client_secret: "a secret of a program",
  redirect_uris: [],
  grant_types: ["client_credentials"],
  response_types: [],
});

const provider = new Provider(`http://localhost:${port}`, {
  clients: [{
    client_id: "dataport",
    client_secret: "a secret of the tests",
    redirect_uris: [redirect],
    grant_types: ["authorization_code"],
    response_types: ["code"],
  }, program("a-program"), program("another-program")],
  claims: { openid: ["sub"], email: ["email", "email_verified"] },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, email: id, email_verified: true }) }),
  pkce: { required: () => true },
  extraTokenClaims: () => ({ email: account, email_verified: true }),
  features: {
    devInteractions: { enabled: true },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_, resource) => ({
        audience: resource,
        scope: "dataport.cases",
        accessTokenFormat: "jwt",
        jwt: { sign: { alg: "RS256" } },
      }),
    },
  },
});
provider.listen(Number(port), "localhost");
