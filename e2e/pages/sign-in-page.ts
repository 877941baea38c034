import type { Page } from '@playwright/test'

/** The password of everybody in the fixtures. */
export const PASSWORD = 'correct horse battery'

/** The state of a browser in which nobody is signed in. */
export const SIGNED_OUT = { cookies: [], origins: [] }

/** The sign-in page. */
export class SignInPage {
  constructor(private readonly page: Page) {}

  /** Fills in the form and sends it. */
  async signIn(email: string, password: string): Promise<void> {
    await this.page.goto('/sign-in')
    await this.page.getByLabel('Email').fill(email)
    await this.page.getByLabel('Password').fill(password)
    await this.page.getByRole('button', { name: 'Sign in' }).click()
  }

  /** Signs in somebody of the fixtures and waits for their console. */
  async signInAs(email: string): Promise<void> {
    await this.signIn(email, PASSWORD)
    await this.page.waitForURL(/\/(w\/|portfolio)/)
  }
}
