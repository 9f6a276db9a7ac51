/**
 * What people choose when a rule asks for twelve characters. Shorter favourites are refused by their length, and those
 * with digits or marks around them by their stem.
 */

const WHOLE = `
  123456789012 1234567890123 12345678901234 123123123123 111222333444 112233445566 1q2w3e4r5t6y 1qaz2wsx3edc
  q1w2e3r4t5y6 qwerty123456 qwertyuiop12 qwertyuiopas qwertyuiop123 qazwsxedcrfv zaq12wsxcde3 asdfghjkl123
  zxcvbnm12345 abc123abc123 abcd1234abcd a1b2c3d4e5f6 password1234 passw0rd1234 p@ssw0rd1234 p@ssword1234
  password12345 passwordpassword welcome12345 welcome123456 changeme1234 changeme12345 letmein12345 iloveyou1234
  iloveyou12345 trustno1trustno1 administrator adminadmin12 admin1234567 administrator1 rootrootroot superuser123
  testtesttest test12345678 testpassword temppassword mypassword12 mypassword123 newpassword1 newpassword123
  defaultpassword companypassword secretpassword supersecret12 thisisapassword correcthorsebatterystaple
  football1234 baseball1234 basketball12 liverpool123 manchesterunited juventus1234 barcelona123 realmadrid12
  summer2024!! summer2025!! summer2026!! winter2024!! winter2025!! winter2026!! spring2025!! spring2026!!
  sommer2025!! sommer2026!! passwort1234 passwort12345 hallo1234567 willkommen12 willkommen123 schatz123456
  motdepasse12 motdepasse123 bonjour12345 contrasena12 contraseña12 senha1234567 wachtwoord12 haslo1234567
  dragon123456 monkey123456 sunshine1234 princess1234 shadow123456 master123456 michael12345 jennifer1234
  charlie12345 superman1234 batman123456 starwars1234 pokemon12345 minecraft123 chocolate123 computer1234
  internet1234 samsung12345 google123456 facebook1234 microsoft123 windows12345 ncc1701d1701 startrek1234
  whatever1234 freedom12345 hello1234567 helloworld12 helloworld123 goodmorning1 ihateyou1234 fuckyou12345
`;

export const COMMON_PASSWORDS: ReadonlySet<string> = new Set(WHOLE.trim().split(/\s+/));

/** With nothing but digits and marks around it, or repeated, each of these is guessed at once. */
export const COMMON_STEMS: ReadonlySet<string> = new Set(
  `password passwort passw0rd p@ssword p@ssw0rd motdepasse contraseña contrasena senha wachtwoord welcome willkommen
  qwerty qwertz azerty qwertyuiop qwertzuiop asdfghjkl admin administrator letmein changeme iloveyou secret test login
  summer winter spring autumn sommer monday friday january december company dragon monkey sunshine princess football
  hello user guest master default temp temporary`.split(/\s+/),
);
