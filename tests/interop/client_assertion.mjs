// Clients that sign what proves them. ISSUER is a running Signet whose clients are those of client_assertion.rs; KEYS
// holds their private keys in PEM by client_id, SECRET the secret of the client hs.

import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'

import { client, ok } from './relying_party.mjs'

const issuer = process.env.ISSUER
const keys = JSON.parse(process.env.KEYS)
const TYP = 'client-authentication+jwt'

const ALGORITHMS = {
  'svc-es256': { name: 'ECDSA', namedCurve: 'P-256' },
  'svc-rs256': { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  'svc-ps256': { name: 'RSA-PSS', hash: 'SHA-256' },
  strict: { name: 'ECDSA', namedCurve: 'P-256' },
}

async function privateKey(id) {
  const der = createPrivateKey(keys[id]).export({ type: 'pkcs8', format: 'der' })
  const key = await crypto.subtle.importKey('pkcs8', der, ALGORITHMS[id], false, ['sign'])
  return { key, kid: 'mine' }
}

function discover(id, authentication) {
  const options = { execute: [client.allowInsecureRequests] }
  return client.discovery(new URL(issuer), id, {}, authentication, options)
}

async function everyEndpoint(config, what) {
  const metadata = config.serverMetadata()
  assert.ok(metadata.token_endpoint_auth_methods_supported.includes('private_key_jwt'))
  const tokens = await client.clientCredentialsGrant(config, { scope: 'read' })
  assert.equal(tokens.scope, 'read')
  const seen = await client.tokenIntrospection(config, tokens.access_token)
  assert.equal(seen.active, true)
  await client.tokenRevocation(config, tokens.access_token)
  assert.equal((await client.tokenIntrospection(config, tokens.access_token)).active, false)
  ok(what)
}

async function refused(config, what) {
  await assert.rejects(client.clientCredentialsGrant(config), (error) => {
    assert.equal(error.status, 401)
    assert.equal(error.error, 'invalid_client')
    return true
  })
  ok(what)
}

for (const id of ['svc-es256', 'svc-rs256', 'svc-ps256']) {
  await everyEndpoint(await discover(id, client.PrivateKeyJwt(await privateKey(id))), id)
}

const secret = process.env.SECRET
await everyEndpoint(await discover('hs', client.ClientSecretJwt(secret)), 'hs')
await refused(await discover('hs', client.ClientSecretJwt(`${secret}?`)), 'another secret')
await refused(await discover('hs', client.ClientSecretPost(secret)), 'another method')

// RFC 10070: the type and the issuer alone.
const modified = (change) => ({ [client.modifyAssertion]: change })
const typed = modified((header) => (header.typ = TYP))
const strict = await privateKey('strict')
await everyEndpoint(await discover('strict', client.PrivateKeyJwt(strict, typed)), 'strict')
await refused(await discover('strict', client.PrivateKeyJwt(strict)), 'no type')
const listed = modified((header, payload) => {
  header.typ = TYP
  payload.aud = [issuer, `${issuer}/api/oidc/token`]
})
await refused(await discover('strict', client.PrivateKeyJwt(strict, listed)), 'two audiences')

// One jti, twice.
const same = modified((header, payload) => (payload.jti = 'the same each time'))
const again = await discover('svc-es256', client.PrivateKeyJwt(await privateKey('svc-es256'), same))
await client.clientCredentialsGrant(again)
await refused(again, 'used twice')

// A pushed authorization request.
const pusher = await discover('svc-es256', client.PrivateKeyJwt(await privateKey('svc-es256')))
const url = await client.buildAuthorizationUrlWithPAR(pusher, {
  redirect_uri: 'https://rp.example.com/callback',
  scope: 'read',
  response_type: 'code',
  state: client.randomState(),
  code_challenge: await client.calculatePKCECodeChallenge(client.randomPKCECodeVerifier()),
  code_challenge_method: 'S256',
})
assert.match(url.searchParams.get('request_uri'), /^urn:ietf:params:oauth:request_uri:/)
ok('pushed request')
