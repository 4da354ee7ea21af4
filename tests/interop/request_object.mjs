// Request objects as openid-client signs them: by value, and pushed. CLIENT_KEY is the client's private key.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Person } from './browser.mjs'
import { REDIRECT_URI, client, discover, ok, redeem } from './relying_party.mjs'

const CLIENT = 'openid-client-jar'
const config = await discover(process.env.ISSUER, CLIENT)
const metadata = config.serverMetadata()
assert.equal(metadata.request_parameter_supported, true)
assert.ok(metadata.request_object_signing_alg_values_supported.includes('ES384'))
ok('discovery')

const pem = readFileSync(process.env.CLIENT_KEY, 'utf8').replace(/-----[A-Z ]+-----|\s/g, '')
const algorithm = { name: 'ECDSA', namedCurve: 'P-384' }
const key = await crypto.subtle.importKey('pkcs8', Buffer.from(pem, 'base64'), algorithm, false, ['sign'])

async function ask(person, pushed) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier()
  const expectedState = client.randomState()
  const expectedNonce = client.randomNonce()
  const parameters = {
    redirect_uri: REDIRECT_URI,
    scope: 'openid',
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    nonce: expectedNonce,
    max_age: '300',
    claims: JSON.stringify({ userinfo: { email: { essential: true } }, id_token: { email: { essential: true } } }),
  }
  let url = await client.buildAuthorizationUrlWithJAR(config, parameters, { key, kid: 'of-the-client' })
  assert.deepEqual([...url.searchParams.keys()].sort(), ['client_id', 'request'])
  if (pushed) {
    url = await client.buildAuthorizationUrlWithPAR(config, url.searchParams)
    assert.match(url.searchParams.get('request_uri'), /^urn:ietf:params:oauth:request_uri:/)
  }
  const answer = await person.authorize(url)
  assert.equal(answer.origin + answer.pathname, REDIRECT_URI)
  return { answer, checks: { pkceCodeVerifier, expectedState, expectedNonce, maxAge: 300, idTokenExpected: true } }
}

const alice = new Person()
for (const [step, pushed] of [['request object', false], ['pushed request object', true]]) {
  const tokens = await redeem(config, await ask(alice, pushed))
  assert.equal(tokens.claims().email, 'alice@example.com')
  const userinfo = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub)
  assert.equal(userinfo.email, 'alice@example.com')
  assert.equal(userinfo.name, undefined)
  ok(step)
}
