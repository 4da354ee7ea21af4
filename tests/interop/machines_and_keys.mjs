// openid-client with a machine, a person and a key that is changed meanwhile. ISSUER may be https with an authority that
// NODE_EXTRA_CA_CERTS names.

import assert from 'node:assert/strict'
import { Person } from './browser.mjs'
import { configure, decoded, ISSUER } from './provider.mjs'
import { ask, client, discover, ok, redeem, refused } from './relying_party.mjs'

const machine = await discover(ISSUER, 'ci')
const token = await client.clientCredentialsGrant(machine, { audience: 'my-api', scope: 'read' })
assert.equal(token.token_type, 'bearer')
assert.equal(decoded(token.access_token)[1].aud, 'my-api')
const told = await client.tokenIntrospection(machine, token.access_token)
assert.equal(told.active, true)
assert.equal(told.sub, 'repo:acme/app:ref:refs/heads/main')
await refused(client.clientCredentialsGrant(machine, { audience: 'another' }), 'invalid_target')
await client.tokenRevocation(machine, token.access_token)
assert.equal((await client.tokenIntrospection(machine, token.access_token)).active, false)
ok('client credentials')

const alice = new Person()
await configure('publish')
const config = await discover(ISSUER, 'openid-client')
const before = await redeem(config, await ask(config, alice))
assert.deepEqual(alice.seen, ['sign-in', 'consent'])
assert.deepEqual(before.claims().groups, ['admins', 'dev'])
assert.equal(decoded(before.id_token)[0].kid, 'first')
const answered = await ask(config, alice)
const once = await redeem(config, answered)
await refused(client.authorizationCodeGrant(config, answered.answer, answered.checks), 'invalid_grant')
assert.equal((await client.tokenIntrospection(config, once.access_token)).active, false)
ok('login')

await configure('sign')
const after = await redeem(config, await ask(config, alice))
assert.equal(decoded(after.id_token)[0].kid, 'second')
const refreshed = await client.refreshTokenGrant(config, before.refresh_token)
assert.equal(decoded(refreshed.id_token)[0].kid, 'second')
ok('rotated key')

// What was granted for the time when nobody is signed in outlives a logout (OpenID Connect Core 1.0 §11).
const online = await redeem(config, await ask(config, alice, { scope: 'openid email' }))
const bye = client.buildEndSessionUrl(config, {
  id_token_hint: online.id_token,
  post_logout_redirect_uri: 'http://127.0.0.1:9092/bye',
  state: 'signed out',
})
const left = await alice.authorize(bye)
assert.equal(left.origin + left.pathname, 'http://127.0.0.1:9092/bye')
assert.equal(left.searchParams.get('state'), 'signed out')
assert.equal((await client.tokenIntrospection(config, online.access_token)).active, false)
assert.equal((await client.tokenIntrospection(config, after.access_token)).active, true)
ok('logout')
