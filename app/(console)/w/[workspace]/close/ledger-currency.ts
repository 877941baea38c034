/** The ledger is kept in it, and so is what is booked. */
export const CURRENCY = 'USD'

export const MONEY = { kind: 'money', currency: CURRENCY } as const
