// A relying party as openid-client's documents write it.

import assert from 'node:assert/strict'
import { createHash, webcrypto } from 'node:crypto'

// Debian 12 has Node 18, which does not name it globally yet; openid-client reads it while it loads.
globalThis.crypto ??= webcrypto
export const client = await import('openid-client')

export const REDIRECT_URI = 'http://127.0.0.1:9092/callback'
export const SCOPE = 'openid profile email groups phone address offline_access'

// Asks discovery. ID tokens are verified against the published keys: without TLS nothing else vouches for them.
export function discover(issuer, clientId) {
  const secret = client.ClientSecretBasic(`${clientId}-secret`)
  const execute = [client.enableNonRepudiationChecks]
  if (issuer.startsWith('http:')) execute.push(client.allowInsecureRequests)
  return client.discovery(new URL(issuer), clientId, undefined, secret, { execute })
}

// Sends a person to the provider; gives the answer's address and what must be checked against it.
export async function ask(config, person, more = {}) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier()
  const expectedState = client.randomState()
  const expectedNonce = client.randomNonce()
  const parameters = {
    redirect_uri: REDIRECT_URI,
    scope: more.scope ?? SCOPE,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    nonce: expectedNonce,
  }
  const build = more.pushed ? client.buildAuthorizationUrlWithPAR : client.buildAuthorizationUrl
  const url = await build(config, parameters)
  if (more.pushed) assert.match(url.searchParams.get('request_uri'), /^urn:ietf:params:oauth:request_uri:/)
  const answer = await person.authorize(url)
  assert.equal(answer.origin + answer.pathname, REDIRECT_URI)
  const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true }
  return { answer, checks }
}

// Redeems the code. openid-client verifies everything but at_hash, which the code flow leaves to its user
// (OpenID Connect Core 1.0 §3.1.3.8).
export async function redeem(config, { answer, checks }) {
  const tokens = await client.authorizationCodeGrant(config, answer, checks)
  const { at_hash } = tokens.claims()
  const hash = createHash('sha256').update(tokens.access_token).digest().subarray(0, 16)
  if (at_hash !== hash.toString('base64url')) throw new Error('at_hash belongs to another access token')
  return tokens
}

export async function refused(promise, error) {
  await assert.rejects(promise, (reason) => {
    assert.equal(reason.error, error, String(reason))
    return true
  })
}

export function ok(step) {
  console.log(`ok: ${step}`)
}
