/** What can run an import by the clock, in the order in which a machine is asked for them. */
export const WAYS = ['launchd', 'crontab', 'systemd'] as const;
