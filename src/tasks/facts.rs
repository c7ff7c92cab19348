//! Facts of the world: what is asked about each row of a table, in many phrasings, and how it is answered.

use crate::protocol::tuning::Kind;

/// A relation between the rows of a table and one of their fields. Fields stand in brackets.
pub struct Relation {
    pub kind: Kind,
    pub table: &'static str,
    /// The field that names what is asked about.
    pub subject: &'static str,
    /// The field that answers.
    pub field: &'static str,
    /// What one can ask for, as in "tell me …": the forms of [`CORES`] go around it.
    pub nouns: &'static [&'static str],
    /// Other phrasings.
    pub asks: &'static [&'static str],
    /// Phrasings that are never demonstrated.
    pub new_asks: &'static [&'static str],
    pub answers: &'static [&'static str],
}

const fn of(kind: Kind, table: &'static str, subject: &'static str, field: &'static str) -> Relation {
    Relation { kind, table, subject, field, nouns: &[], asks: &[], new_asks: &[], answers: &[] }
}

/// How one asks for something.
pub const CORES: &[&str] = &[
    "What is []?",
    "Tell me [].",
    "Name [].",
    "Can you tell me []?",
    "I would like to know [].",
    "Do you know []?",
    "I have forgotten [].",
    "Please write down [].",
    "I am looking for [].",
    "We need [] for a quiz.",
];
/// Those that are never demonstrated.
pub const NEW_CORES: &[&str] = &["My grandmother asks for [].", "Quick, what was [] again?", "Find [] for me, will you?"];

pub const RELATIONS: &[Relation] = &[
    Relation {
        nouns: &["the capital of [name]", "the capital city of [name]"],
        asks: &[
            "What is the capital of [name]?",
            "Which city is the capital of [name]?",
            "Do you know what the capital of [name] is?",
            "I need the name of the capital of [name].",
            "What do people call the capital of [name]?",
            "Which city should I write down as the capital of [name]?",
        ],
        new_asks: &[
            "My friend lives in the capital of [name]. Which city is that?",
            "I am going to [name]. What is its capital?",
            "At school they ask for the capital of [name]. What should I say?",
        ],
        answers: &["The capital of [name] is [capital]."],
        ..of(Kind::Capital, "countries", "name", "capital")
    },
    Relation {
        nouns: &["the language of [name]", "the language that people speak in [name]"],
        asks: &[
            "Which language is spoken in [name]?",
            "What do people speak in [name]?",
            "Which language does one hear in [name]?",
            "Can you tell me which language people in [name] speak?",
            "Name the language that is spoken in [name].",
            "Which language should I learn for [name]?",
        ],
        new_asks: &["I am going to [name]. Which language will I hear?", "In [name] I understood nobody. What did they speak?"],
        answers: &["In [name], people speak [lang]."],
        ..of(Kind::Language, "countries", "name", "lang")
    },
    Relation {
        nouns: &["the continent of [name]", "the continent on which [name] lies"],
        asks: &[
            "On which continent is [name]?",
            "Where in the world is [name]?",
            "Can you tell me where [name] is?",
            "I would like to know on which continent [name] lies.",
            "To which continent does [name] belong?",
        ],
        new_asks: &["I have a map of the world. Where do I look for [name]?", "In which part of the world do I find [name]?"],
        answers: &["[name] is a country in [land]."],
        ..of(Kind::Continent, "countries", "name", "land")
    },
    Relation {
        nouns: &["a river of [name]", "the river that flows through [name]"],
        asks: &[
            "Which river flows through [name]?",
            "What river flows through [name]?",
            "Can you tell me the name of a river in [name]?",
            "I would like to know which river [name] has.",
        ],
        new_asks: &["I want to row a boat in [name]. On which river?", "Which river do I see when I am in [name]?"],
        answers: &["[river] flows through [name]."],
        ..of(Kind::River, "countries", "name", "river")
    },
    Relation {
        nouns: &["a dish from [name]", "a dish that people in [name] love"],
        asks: &[
            "What do people like to eat in [name]?",
            "What is cooked in [name] when guests come?",
            "Can you tell me what one eats in [name]?",
            "I would like to cook something from [name]. What?",
        ],
        new_asks: &["I am hungry and I am in [name]. What should I order?", "Which dish is [name] proud of?"],
        answers: &["A dish that many people in [name] love is [dish]."],
        ..of(Kind::Dish, "countries", "name", "dish")
    },
    Relation {
        nouns: &["the word for hello in [name]", "the greeting that one hears in [name]"],
        asks: &[
            "How do people say hello in [name]?",
            "What is the word for hello in [name]?",
            "How do I say hello in [name]?",
            "Can you tell me how to greet people in [name]?",
            "I would like to greet somebody in [name]. What do I say?",
        ],
        new_asks: &["I meet somebody in [name]. What is my first word?", "Teach me to greet the people of [name]."],
        answers: &["In [name] one says [hello]."],
        ..of(Kind::Greeting, "countries", "name", "hello")
    },
    Relation {
        nouns: &["the group of [many]", "the group to which [many] belong"],
        asks: &[
            "What are [many]?",
            "Which group of animals do [many] belong to?",
            "What kind of animals are [many]?",
            "Can you tell me what kind of animals [many] are?",
            "I would like to know to which group [many] belong.",
        ],
        new_asks: &["Where do [many] stand in the book of animals?", "In which class of animals would you put [many]?"],
        answers: &["[many] belong to the [class]."],
        ..of(Kind::Class, "creatures", "many", "class")
    },
    Relation {
        nouns: &["the food of [many]", "the food that [many] like"],
        asks: &[
            "What do [many] eat?",
            "Can you tell me what [many] eat?",
            "I would like to know what [many] feed on.",
            "What should I give to [many]?",
        ],
        new_asks: &["Some [many] in my garden look hungry. What do they want?", "What is a good meal for [many]?"],
        answers: &["[many] eat [food]."],
        ..of(Kind::Food, "creatures", "many", "food")
    },
    Relation {
        nouns: &["the plural of [name]", "the word for two of a [name]"],
        asks: &["How do I write [name] when there are two of them?", "One [name], two what?"],
        new_asks: &["I have one [name] and buy another. What do I have?", "Which word do I need for more than one [name]?"],
        answers: &["One [name], two [many]."],
        ..of(Kind::Plural, "plurals", "name", "many")
    },
    Relation {
        nouns: &["the opposite of [a]", "the word that is the opposite of [a]"],
        asks: &["Which word is the opposite of [a]?"],
        new_asks: &["If something is not [a] at all, what is it?", "Which word means the contrary of [a]?"],
        answers: &["The opposite of [a] is [b]."],
        ..of(Kind::Opposite, "opposites", "a", "b")
    },
    Relation {
        nouns: &["the past of [name]", "the past form of [name]"],
        asks: &["Today I [name]. And yesterday?", "How do I say that I did it yesterday: I [name]?"],
        new_asks: &["I always [name]. What did I do last week?", "Put into the past: I [name]."],
        answers: &["Today I [name], yesterday I [ed]."],
        ..of(Kind::Past, "doings", "name", "ed")
    },
    Relation {
        nouns: &["a use for a [name]"],
        asks: &[
            "What is a [name] for?",
            "What do I need a [name] for?",
            "Can you tell me what a [name] is for?",
            "I have found a [name]. What can I do with it?",
            "Why do people have a [name]?",
        ],
        new_asks: &["Somebody gave me a [name]. What should I do with it?", "What is the use of a [name]?"],
        answers: &["A [name] is there [use]."],
        ..of(Kind::Advice, "objects", "name", "use")
    },
    Relation {
        nouns: &["the way to play the [name]"],
        asks: &[
            "How do I play the [name]?",
            "How does one play the [name]?",
            "Can you tell me how to play the [name]?",
            "I have been given a [name]. How does one play it?",
            "I want to learn the [name]. What do I do?",
        ],
        new_asks: &["There is a [name] in our attic. How do I make music with it?", "My [name] is silent. What should I do?"],
        answers: &["To play the [name], you [how]."],
        ..of(Kind::Advice, "instruments", "name", "how")
    },
    Relation {
        nouns: &["something about [name]", "a few things about [name]"],
        asks: &[
            "Tell me about [name].",
            "What do you know about [name]?",
            "Tell me something about [name], please.",
            "I would like to know more about [name].",
        ],
        new_asks: &["Describe [name] for me.", "Say two sentences about [name]."],
        answers: &["[name] is a country in [land]. The capital of [name] is [capital]."],
        ..of(Kind::Describe, "countries", "name", "capital")
    },
    Relation {
        nouns: &["something about [many]", "a few things about [many]"],
        asks: &[
            "Tell me about [many].",
            "What do you know about [many]?",
            "Tell me something about [many], please.",
            "I would like to know more about [many].",
        ],
        new_asks: &["Describe [many] for me.", "Say two sentences about [many]."],
        answers: &["[many] belong to the [class]. [many] eat [food]."],
        ..of(Kind::Describe, "creatures", "many", "class")
    },
    Relation {
        asks: &["Please say hello to [name].", "Greet [name] for me, please.", "My friend [name] is here. Say something nice."],
        new_asks: &["[name] has just come in. What do you say?"],
        answers: &["Hello, [name]! It is good to see you."],
        ..of(Kind::Polite, "names-f", "name", "name")
    },
    Relation {
        asks: &["Please thank [name].", "Say thank you to [name] for me.", "[name] helped me. What should I say?"],
        new_asks: &["I owe [name] a kind word. Which one?"],
        answers: &["Thank you, [name]! That was kind of you."],
        ..of(Kind::Polite, "names-m", "name", "name")
    },
];
