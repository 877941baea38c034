import { describe, expect, test } from 'vitest'
import { describeRule } from '@/lib/rules/describe-rule'
import { BLANK_RULE, READY_MADE_RULES } from '@/lib/rules/ready-made'
import { ruleForm, toRuleFields } from '@/lib/rules/rule-form'
import { ruleDefinition } from '@/lib/rules/rule-schema'

describe('the form of a rule', () => {
  test('gives back every ready-made rule as it was', () => {
    for (const { rule } of READY_MADE_RULES) {
      expect(ruleForm.parse(toRuleFields(rule))).toEqual(ruleDefinition.parse(rule))
    }
  })

  test('shows shares in percent and reads them exactly', () => {
    const fields = toRuleFields({ ...BLANK_RULE, measure: 'retryRatio', threshold: '0.025' })
    expect(fields.threshold).toBe('2.5')
    expect(ruleForm.parse({ ...fields, name: 'x', threshold: '7.1 %' }).threshold).toBe('0.071')
    expect(ruleForm.parse({ ...fields, name: 'x', measure: 'spend', threshold: '7.1' }).threshold).toBe('7.1')
  })

  test('names the field that is wrong', () => {
    const fields = { ...toRuleFields(BLANK_RULE), name: 'x' }
    const wrong = (change: object) =>
      ruleForm.safeParse({ ...fields, ...change }).error?.issues.map(({ path }) => path[0])
    expect(wrong({ threshold: 'much' })).toEqual(['threshold'])
    expect(wrong({ filters: 'no json' })).toEqual(['filters'])
    expect(wrong({ forMinutes: '-1', minVolume: 'x' })).toEqual(['forMinutes', 'minVolume'])
    expect(wrong({ measure: 'x' })).toEqual(['measure'])
  })

  test('drops what its kind has no use for', () => {
    const fields = { ...toRuleFields(BLANK_RULE), name: 'x', comparison: 'previous', direction: 'either' }
    expect(ruleForm.parse(fields)).toMatchObject({ comparison: null, direction: 'above' })
  })
})

test('a rule reads as a sentence', () => {
  const sentences = Object.fromEntries(
    READY_MADE_RULES.map(({ id, rule }) => [id, describeRule(ruleDefinition.parse(rule))]),
  )
  expect(sentences).toMatchObject({
    'unknown-models': 'Unknown-model ratio above 2.00% in an hour',
    retries: 'Retry ratio above 5.00% in an hour, for 10 min',
    'prompt-version-cost': 'Cost per request up by more than 15% after a new prompt version, for each endpoint',
    'output-tokens': 'Output per request up by more than 20% on the same weekday in a day, for each endpoint',
    'endpoint-share': 'Share of spend above 50.00% in a day, for 60 min, for each endpoint',
    'spend-anomaly': 'Spend above what is usual by 4 deviations in an hour',
  })
})
