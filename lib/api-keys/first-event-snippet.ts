export type SnippetLanguage = 'curl' | 'typescript' | 'python'

const EVENT = {
  externalRequestId: 'first-event',
  attempt: 1,
  provider: 'openai',
  model: 'gpt-4o',
  endpointTag: 'chat',
  inputTokens: 1200,
  outputTokens: 300,
  status: 'success',
  environment: 'prod',
  dataMode: 'real',
}

/** A command or program that sends one event with a key, ready to paste. Pure. */
export function snippetOf(language: SnippetLanguage, { secret, baseUrl }: { secret: string; baseUrl: string }): string {
  const json = JSON.stringify(EVENT, null, 2)
  const url = `${baseUrl}/v1/events`
  switch (language) {
    case 'curl':
      return `curl ${url} \\\n  -H 'Authorization: Bearer ${secret}' \\\n  -H 'Content-Type: application/json' \\\n  -d '${json}'`
    case 'typescript':
      return [
        `const response = await fetch('${url}', {`,
        `  method: 'POST',`,
        `  headers: { authorization: 'Bearer ${secret}', 'content-type': 'application/json' },`,
        `  body: JSON.stringify(${json.replaceAll('\n', '\n  ')}),`,
        `})`,
        `console.log(response.status, await response.json())`,
      ].join('\n')
    case 'python':
      return [
        `import json, urllib.request`,
        ``,
        `event = ${json}`,
        `request = urllib.request.Request(`,
        `    "${url}",`,
        `    json.dumps(event).encode(),`,
        `    {"Authorization": "Bearer ${secret}", "Content-Type": "application/json"},`,
        `)`,
        `print(urllib.request.urlopen(request).read().decode())`,
      ].join('\n')
    default: {
      const unexpected: never = language
      throw new Error(`unexpected language ${String(unexpected)}`)
    }
  }
}
