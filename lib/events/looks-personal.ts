const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@.]{2,}$/
const PHONE = /^(?:\+|00)[\d\s().\-/]{7,24}$|^\(?0\d{1,4}[)\s/-]+\d[\d\s-]{4,14}$|^\(?\d{3}[)\s.-]+\d{3}[\s.-]\d{4}$/
const PERSON = /^\p{Lu}\p{Ll}+(?:['’-]\p{Lu}\p{Ll}+)?(?:\s+\p{Lu}\.)?(?:\s+\p{Lu}\p{Ll}+(?:['’-]\p{Lu}\p{Ll}+)?){1,3}$/u

/** What kind of personal data a user id looks like, or null. Hashes, UUIDs and plain numbers do not look like any. */
export function findPersonalData(userId: string): 'an e-mail address' | 'a phone number' | "a person's name" | null {
  const text = userId.trim()
  if (EMAIL.test(text)) return 'an e-mail address'
  if (PHONE.test(text)) return 'a phone number'
  if (PERSON.test(text)) return "a person's name"
  return null
}
