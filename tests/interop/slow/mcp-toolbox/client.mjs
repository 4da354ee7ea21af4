// The official MCP client with a public client of Signet. It writes the authorization request to its output, reads the
// answer's address from its input, and writes what the tools said.

import { createInterface } from 'node:readline/promises'
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'

const { TOOLBOX, CLIENT_ID, REDIRECT_URI } = process.env
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()

const authorization = {
  redirectUrl: REDIRECT_URI,
  clientMetadata: { client_name: 'MCP Client', redirect_uris: [REDIRECT_URI], token_endpoint_auth_method: 'none' },
  state: () => crypto.randomUUID(),
  clientInformation: () => ({ client_id: CLIENT_ID }),
  tokens: () => authorization.held,
  saveTokens: (tokens) => (authorization.held = tokens),
  saveCodeVerifier: (verifier) => (authorization.verifier = verifier),
  codeVerifier: () => authorization.verifier,
  redirectToAuthorization: (url) => console.log(JSON.stringify({ authorize: url })),
}

async function connect() {
  const client = new Client({ name: 'signet-interop', version: '1.0.0' })
  const transport = new StreamableHTTPClientTransport(new URL(`${TOOLBOX}/mcp`), { authProvider: authorization })
  try {
    await client.connect(transport)
    return client
  } catch (error) {
    if (!(error instanceof UnauthorizedError)) throw error
    const answer = new URL((await lines.next()).value)
    await transport.finishAuth(answer.searchParams.get('code'))
    return connect()
  }
}

const client = await connect()
const { tools } = await client.listTools()
const { content } = await client.callTool({ name: 'count-notes', arguments: {} })
console.log(
  JSON.stringify({
    tools: tools.map((tool) => tool.name),
    said: content[0].text,
    tokens: { type: authorization.held.token_type, scope: authorization.held.scope, id_token: authorization.held.id_token },
  }),
)
await client.close()
process.exit(0)
