import type { Finding } from '@/lib/events/decide-batch'

/** What data health says of a kind of finding: its name, what it means, and what to do about it. */
export type FindingKind = { label: string; tone: 'bad' | 'warn'; definition: string; next: string }

/** The kinds of findings in the order of their weight. */
export const FINDING_KINDS: Readonly<Record<Finding['kind'], FindingKind>> = {
  conflict: {
    label: 'Conflicts',
    tone: 'bad',
    definition: 'The same attempt came twice with different content and the same revision. The first one counts.',
    next: 'Send a higher revision to correct an attempt, or another attemptId if it is another attempt.',
  },
  double_reporting: {
    label: 'Possible double reporting',
    tone: 'bad',
    definition:
      'Some attempts of a request carry attemptId and others do not, so two layers (an SDK and a gateway) may report the same calls. Both are counted.',
    next: 'Let one layer report, or give both the same attemptId for the same call.',
  },
  personal_data: {
    label: 'Personal data in userId',
    tone: 'warn',
    definition: 'userId looks like an e-mail address, a phone number or a name. It is stored as it was sent.',
    next: 'Send a hash or an opaque id. What is stored can be erased under Settings, Data.',
  },
  total_mismatch: {
    label: 'Totals that do not add up',
    tone: 'warn',
    definition: 'totalTokens differs from inputTokens + outputTokens. The parts are what is counted.',
    next: 'Check which counts the client passes on; leave totalTokens out where the parts are known.',
  },
}
