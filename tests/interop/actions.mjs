// A step of a job in the style of GitHub Actions: the runner's part is played here, the token comes from ISSUER, and
// `@actions/core` asks for it as every action does; then the exchange at SERVICE as OctopusDeploy/login makes it.

import { createServer } from 'node:http'

const { ISSUER, SERVICE, AUDIENCE, CLIENT_ID, CLIENT_SECRET } = process.env

// The runner: it knows the client's secret, the steps of the job do not.
const runner = createServer(async (request, response) => {
  const audience = known(new URL(request.url, 'http://runner').searchParams.get('audience'))
  const metadata = await (await fetch(`${ISSUER}/.well-known/openid-configuration`)).json()
  const answer = await fetch(metadata.token_endpoint, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${CLIENT_ID}:${CLIENT_SECRET}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', audience }),
  })
  const { access_token } = await answer.json()
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ value: access_token }))
})
// What the client may not have, it does not get; the service refuses what it is given then.
const known = (audience) => (audience === 'another' ? 'my-registry' : audience)

await new Promise((listening) => runner.listen(0, '127.0.0.1', listening))
process.env.ACTIONS_ID_TOKEN_REQUEST_URL = `http://127.0.0.1:${runner.address().port}/token?api-version=2.0`
process.env.ACTIONS_ID_TOKEN_REQUEST_TOKEN = 'of-the-job'

const core = await import('@actions/core')
const subject_token = await core.getIDToken(AUDIENCE)
const { token_endpoint } = await (await fetch(`${SERVICE}/.well-known/openid-configuration`)).json()
const answer = await fetch(token_endpoint, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    audience: '863b4b7d-6308-456e-8375-8d9270e9be44',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    subject_token,
  }),
})
console.log(`exchange: ${answer.status}`)
runner.close()
