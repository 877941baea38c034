import { answerJson, refuseMethod } from '@/lib/http/answer-json'
import { buildOpenApiDocument } from '@/lib/http/openapi-document'

/** The document that describes this API. */
export function GET(): Response {
  return answerJson(200, buildOpenApiDocument())
}

export const POST = refuseMethod('GET')
export const PUT = refuseMethod('GET')
export const PATCH = refuseMethod('GET')
export const DELETE = refuseMethod('GET')
