// What openid-client refuses. HONEST hands on what ISSUER says, signed with a key of its own that it publishes;
// each of LIARS does the same and lies in one thing.

import assert from 'node:assert/strict'
import { Person } from './browser.mjs'
import { ask, client, discover, ok, redeem } from './relying_party.mjs'

const alice = new Person()

// The browser was at the real provider, so its answer names that one: a mix-up, if it were left so.
async function asked(config) {
  const login = await ask(config, alice)
  assert.equal(login.answer.searchParams.get('iss'), process.env.ISSUER)
  login.answer.searchParams.set('iss', config.serverMetadata().issuer)
  return login
}

const honest = await discover(process.env.HONEST, 'demo-web')
assert.equal((await redeem(honest, await asked(honest))).claims().iss, process.env.HONEST)
ok('nothing')

// Refuses, and says why in some error of the chain.
async function refuses(config, login, lie, words) {
  await assert.rejects(redeem(config, login), (error) => {
    let said = ''
    for (let reason = error; reason; reason = reason.cause) said += `${reason.message ?? ''} ${JSON.stringify(reason)}\n`
    assert.match(said, words, `${lie}: ${said}`)
    return true
  })
  ok(lie)
}

await refuses(honest, await ask(honest, alice), 'iss of the answer', /unexpected "iss"/)
const nameless = await asked(honest)
nameless.answer.searchParams.delete('iss')
await refuses(honest, nameless, 'no iss in the answer', /"iss".*missing/)

const words = {
  iss: /unexpected JWT "iss"/,
  nonce: /unexpected ID Token "nonce"/,
  at_hash: /at_hash/,
  kid: /error when selecting a JWT verification key/,
  signature: /JWT signature verification failed|error when selecting a JWT verification key/,
  aud: /unexpected JWT "aud"/,
  exp: /"exp"/,
}
for (const [lie, issuer] of Object.entries(JSON.parse(process.env.LIARS))) {
  const config = await discover(issuer, 'demo-web')
  await refuses(config, await asked(config), lie, words[lie])
}
