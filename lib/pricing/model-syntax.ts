/** A model name taken apart by its form alone: no catalogue is asked. */
export type SplitName = { base: string; version: string | null }

const CLAUDE_LINES = 'opus|sonnet|haiku|fable|instant'
const CLAUDE_VERSION_FIRST = new RegExp(`^claude-(\\d)(?:-(\\d{1,2}))?-(${CLAUDE_LINES})$`)
const CLAUDE_LINE_FIRST = new RegExp(`^claude-(${CLAUDE_LINES})-(\\d)(?:-(\\d{1,2}))?$`)
const CLAUDE_SUFFIX = /-(20\d{6}|20\d{2}-\d{2}-\d{2}|latest|v\d+(?::\d+)?)$/

/** Families that put a bare four-digit date (MMDD or YYMM) at the end of a name. */
const FOUR_DIGIT_DATES =
  /^(?:gpt-(?:3\.5|4)(?:-|$)|(?:mi|code|dev|magi|mini)stral|mixtral|pixtral|voxtral|grok-|deepseek-|kimi-|qwen)/

/** `-20250929`, `-2024-08-06`: a snapshot's date. */
const DATE_SUFFIX =
  /-(20\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|20\d{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))$/
const MONTH_DAY_SUFFIX = /^(.+-(?:preview|exp|experimental))-((?:0[1-9]|1[0-2])-(?:[0-2]\d|3[01]))$/
const MONTH_YEAR_SUFFIX = /-((?:0[1-9]|1[0-2])-20\d{2})$/
const FOUR_DIGIT_SUFFIX = /-(\d{4})$/
const OTHER_SUFFIXES: readonly RegExp[] = [
  /-(latest)$/,
  /-(preview|exp|experimental|beta)$/,
  /-(0\d{2})$/,
  /-(v\d+(?::\d+)?)$/,
]

/** One name of every Claude: `claude-3.5-sonnet-v2@20241022` → `claude-3-5-sonnet` and the version `20241022`. */
export function splitClaudeName(name: string): SplitName | null {
  if (!name.startsWith('claude-')) return null
  const dashed = name.replace(/(\d)\.(\d)/g, '$1-$2')
  const second = /^claude-v?2(?:[-:]([01]))?$/.exec(dashed)
  if (second) return { base: 'claude-2', version: second[1] === undefined ? null : `2.${second[1]}` }
  let base = dashed
  let version: string | null = null
  for (
    let match = CLAUDE_SUFFIX.exec(base);
    match !== null && match.index > 'claude'.length;
    match = CLAUDE_SUFFIX.exec(base)
  ) {
    const suffix = match[1] ?? ''
    if (version === null || /^20\d{2}/.test(suffix)) version = suffix
    base = base.slice(0, match.index)
  }
  return { base: orderClaudeName(base), version }
}

function orderClaudeName(name: string): string {
  const versionFirst = CLAUDE_VERSION_FIRST.exec(name)
  const lineFirst = CLAUDE_LINE_FIRST.exec(name)
  const [major, minor, line] = versionFirst
    ? [versionFirst[1], versionFirst[2], versionFirst[3]]
    : [lineFirst?.[2], lineFirst?.[3], lineFirst?.[1]]
  if (major === undefined || line === undefined) return name
  const parts = minor === undefined || minor === '0' ? [major] : [major, minor]
  return Number(major) >= 4 ? ['claude', line, ...parts].join('-') : ['claude', ...parts, line].join('-')
}

/** A way to read the end of a name as a version. `isDate` marks the snapshots that providers add to a family. */
export type VersionSplit = { family: string; version: string; isDate: boolean }

/**
 * Every reading of the name's end as a version suffix, shortest suffix first: dates, `-latest`, `-preview[-…]`, `-exp`,
 * `-beta`, `-001`, `-v1[:0]`, and a bare `-1106` for the families that use it.
 */
export function splitVersions(name: string): readonly VersionSplit[] {
  const splits: VersionSplit[] = []
  let rest = name
  let dated = true
  for (let depth = 0; depth < 4; depth += 1) {
    const match = matchSuffix(rest)
    if (match === null) break
    rest = match.family
    dated &&= match.isDate
    splits.push({ family: rest, version: name.slice(rest.length + 1), isDate: dated })
  }
  return splits
}

function matchSuffix(name: string): { family: string; isDate: boolean } | null {
  const monthDay = MONTH_DAY_SUFFIX.exec(name)
  if (monthDay?.[1] !== undefined) return { family: monthDay[1], isDate: true }
  const dated = DATE_SUFFIX.exec(name) ?? MONTH_YEAR_SUFFIX.exec(name)
  if (dated && dated.index > 0) return { family: name.slice(0, dated.index), isDate: true }
  const fourDigits = FOUR_DIGIT_DATES.test(name) ? FOUR_DIGIT_SUFFIX.exec(name) : null
  if (fourDigits) return { family: name.slice(0, fourDigits.index), isDate: true }
  for (const pattern of OTHER_SUFFIXES) {
    const match = pattern.exec(name)
    if (match && match.index > 0) return { family: name.slice(0, match.index), isDate: false }
  }
  return null
}

const BEDROCK_GEO = /^(global|us-gov|us|eu|apac|au|jp|ca|in|regional)\.(?=[a-z0-9]+\.)/
const BEDROCK_VENDOR =
  /^(?:anthropic|amazon|meta|mistral|cohere|ai21|openai|qwen|nvidia|writer|google|stability|luma|minimax|moonshot|moonshotai|zai|twelvelabs)\.(?=.)/
/** `:28k`, `:300k`: the context size of a provisioned model. */
const BEDROCK_CONTEXT = /:\d+k$/
const BEDROCK_REVISION = /-(v\d+)(?::\d+)?$/

export type BedrockName = { base: string; revision: string | null; geo: string | null }

/** `eu.anthropic.claude-sonnet-4-5-20250929-v1:0` → geo `eu`, revision `v1`, base `claude-sonnet-4-5-20250929`. */
export function splitBedrockName(name: string): BedrockName {
  const geo = BEDROCK_GEO.exec(name)
  let base = geo ? name.slice(geo[0].length) : name
  base = base
    .replace(BEDROCK_VENDOR, '')
    .replace(/^deepseek\.(?=.)/, 'deepseek-')
    .replace(BEDROCK_CONTEXT, '')
  const revision = BEDROCK_REVISION.exec(base)
  const bare = revision && revision.index > 'claude'.length ? base.slice(0, revision.index) : base
  return {
    base: bare === base ? base.replace(/-1:\d+$/, '').replace(/:\d+$/, '') : bare,
    revision: bare === base ? null : (revision?.[1] ?? null),
    geo: geo?.[1] ?? null,
  }
}

/** Azure's old spelling: `gpt-35-turbo` → `gpt-3.5-turbo`. */
export function respellGpt35(name: string): string {
  return name.replace(/^gpt-35(?=-|$)/, 'gpt-3.5')
}

/** `x@20250929` → `x-20250929`; `x@latest`, `x@default` → `x`. */
export function unfoldAt(name: string): string {
  return name.replace(/@(?:latest|default)$/, '').replace(/@(?=(?:\d{8}|0\d{2})$)/, '-')
}

/**
 * The base model of a fine-tune, else null: `ft:gpt-4o-mini-2024-07-18:org::id`, the legacy `ada:ft-org:…` and Azure's
 * `gpt-4o-mini-2024-07-18.ft-…`.
 */
export function fineTuneBase(name: string): string | null {
  const current = /^ft:([^:]+)/.exec(name)
  if (current?.[1] !== undefined) return current[1]
  return /^([^:]+):ft-/.exec(name)?.[1] ?? /^(.+?)\.ft-/.exec(name)?.[1] ?? null
}
