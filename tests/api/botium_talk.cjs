// A talk with the desk by botium-core, a test runner for bots, as its users set it up for Rasa:
// each argument is a message, "#0" presses the first button of the last answer. Prints what came.
const { BotDriver } = require('botium-core')

const [url, sender, ...messages] = process.argv.slice(2)
const driver = new BotDriver()
  .setCapability('PROJECTNAME', 'Luukku')
  .setCapability('CONTAINERMODE', 'simplerest')
  .setCapability('SIMPLEREST_URL', url)
  .setCapability('SIMPLEREST_METHOD', 'POST')
  .setCapability('SIMPLEREST_HEADERS_TEMPLATE', { 'Content-Type': 'application/json' })
  .setCapability('SIMPLEREST_BODY_TEMPLATE', { sender, message: '{{#fnc.jsonify}}{{msg.messageText}}{{/fnc.jsonify}}' })
  .setCapability('SIMPLEREST_BODY_JSONPATH', '$[*]')
  .setCapability('SIMPLEREST_RESPONSE_JSONPATH', '$.text')
  .setCapability('SIMPLEREST_BUTTONS_JSONPATH', '$.buttons[*]')
  .setCapability('SIMPLEREST_BUTTONS_TEXT_SUBJSONPATH', '$.title')
  .setCapability('SIMPLEREST_BUTTONS_PAYLOAD_SUBJSONPATH', '$.payload')

async function heard (container) {
  const all = []
  for (;;) {
    try {
      const said = await container.WaitBotSays(null, all.length ? 500 : 10000)
      all.push({ text: said.messageText, buttons: (said.buttons || []).map(({ text, payload }) => ({ text, payload })) })
    } catch (silent) {
      return all
    }
  }
}

async function talk () {
  const container = await driver.Build()
  await container.Start()
  const turns = []
  let last = []
  for (const message of messages) {
    const buttons = last.flatMap(one => one.buttons)
    const text = message.startsWith('#') ? buttons[Number(message.slice(1))].payload : message
    await container.UserSays({ messageText: text })
    last = await heard(container)
    turns.push({ sent: text, heard: last })
  }
  await container.Stop()
  await container.Clean()
  console.log('TALK ' + JSON.stringify(turns))
}

talk().catch(error => { console.error(error); process.exit(1) })
