/** A named step of the ClickHouse schema. Every statement can be run again without harm, so that a killed run resumes. */
export type ClickHouseMigration = { readonly name: string; readonly statements: readonly string[] }
