/** The voices that there are: https://ai.google.dev/gemini-api/docs/speech-generation#voices */
const VOICES: readonly string[] = [
  'Achernar',
  'Achird',
  'Algenib',
  'Algieba',
  'Alnilam',
  'Aoede',
  'Autonoe',
  'Callirrhoe',
  'Charon',
  'Despina',
  'Enceladus',
  'Erinome',
  'Fenrir',
  'Gacrux',
  'Iapetus',
  'Kore',
  'Laomedeia',
  'Leda',
  'Orus',
  'Puck',
  'Pulcherrima',
  'Rasalgethi',
  'Sadachbia',
  'Sadaltager',
  'Schedar',
  'Sulafat',
  'Umbriel',
  'Vindemiatrix',
  'Zephyr',
  'Zubenelgenubi',
];

/** A voice's name as the API writes it; `undefined` for a name that it would refuse. */
export function voiceNamed(name: string): string | undefined {
  return VOICES.find((voice) => voice.toLowerCase() === name.toLowerCase());
}
