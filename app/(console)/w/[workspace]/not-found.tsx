import { NothingHere } from '@/app/(console)/w/[workspace]/nothing-here'

/** A page of a workspace that does not exist, or that is shown under a scenario that does not. */
export default function NotFound() {
  return <NothingHere />
}
