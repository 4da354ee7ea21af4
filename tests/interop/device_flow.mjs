// The device authorization grant (RFC 8628). ISSUER is a running `signet demo`.

import assert from 'node:assert/strict'
import { Person } from './browser.mjs'
import { client, ok, refused } from './relying_party.mjs'

const issuer = process.env.ISSUER
const config = await client.discovery(new URL(issuer), 'demo-tv', undefined, client.None(), {
  execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
})
assert.equal(config.serverMetadata().device_authorization_endpoint, `${issuer}/api/oidc/device-authorization`)
ok('discovery')

const scope = 'openid profile offline_access'
const begun = () => client.initiateDeviceAuthorization(config, { scope })
const device = await begun()
assert.match(device.user_code, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/)
assert.equal(device.verification_uri_complete, `${device.verification_uri}?user_code=${device.user_code}`)
assert.deepEqual([device.expires_in, device.interval], [600, 10])
ok('device authorization')

// openid-client waits for the interval before each question.
const alice = new Person()
const polled = client.pollDeviceAuthorizationGrant(config, { ...device, interval: 1 })
await new Promise((resolve) => setTimeout(resolve, 2500))
const said = await alice.answerDevice(device.verification_uri_complete, 'allow')
assert.match(said, /You may go back to your device/)
assert.deepEqual(alice.seen, ['device-authorization', 'sign-in', 'device'])
const tokens = await polled
const claims = tokens.claims()
assert.deepEqual([claims.iss, [claims.aud].flat(), claims.azp], [issuer, ['demo-tv'], 'demo-tv'])
assert.deepEqual(tokens.scope.split(' ').sort(), scope.split(' ').sort())
const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub)
assert.equal(userinfo.name, 'Alice Liddell')
ok('tokens')

const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token)
assert.equal(refreshed.claims().sub, claims.sub)
ok('refresh')

await refused(client.pollDeviceAuthorizationGrant(config, { ...device, interval: 1 }), 'invalid_grant')
await refused(client.refreshTokenGrant(config, refreshed.refresh_token), 'invalid_grant')
ok('reuse')

const denied = await begun()
const refusal = refused(client.pollDeviceAuthorizationGrant(config, { ...denied, interval: 1 }), 'access_denied')
await alice.answerDevice(denied.verification_uri_complete, 'deny')
assert.deepEqual(alice.seen, ['device-authorization', 'device'])
await refusal
ok('denial')
