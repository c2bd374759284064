"""The words by which emotion is told: one table a feeling, each cue with its weight.

A weight of 2 settles the feeling alone, 1 needs company for anger and is enough for the
milder feelings. Cues marked `deniable` do not count behind a "not": "I'm not angry".
Tuned on the rows marked `tune` of tests/journey/emotion.tsv; some common words of complaint
were added after real messages had shown that they were missing.
"""

# ruff: noqa: E501  (one theme a line: broken up, a pattern is harder to read)

import re
from dataclasses import dataclass
from typing import Final

from careline.journey.words import Emotion


@dataclass(frozen=True)
class Cue:
    emotion: Emotion
    pattern: re.Pattern[str]
    weight: float
    deniable: bool


def _cues(emotion: Emotion, weight: float, words: str, *, deniable: bool = False) -> Cue:
    """One cue of many alternatives; each stands on word boundaries."""
    alternatives = "|".join(part.strip() for part in words.strip().split("\n"))
    return Cue(emotion, re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)"), weight, deniable)


ANGER = (
    _cues(
        Emotion.ANGRY,
        2,
        r"""
        furious|livid|outrag\w+|enraged|fuming|seething|angry|pissed(?: off)?|piss off
        (?:absolute(?:ly)?|completely|totally|utterly|simply|just|is|are|so) (?:unacceptable|ridiculous|pathetic|disgusting|appalling|shocking|useless|incompetent|garbage|rubbish|trash)
        thie(?:f|ves)|crooks?|liars?|lying to (?:me|us)|stop lying|lied to (?:me|us)|robb(?:ed|ers?)|cheat(?:ed|ers?|s)
        fraud(?:sters?)?|scam(?:mers?|med)?|rip[- ]?offs?|ripped off|swindl\w+
        idiots?|morons?|stupid|clowns|imbeciles?|jokers|muppets
        (?:a|bloody|fucking|complete|total|absolute) (?:joke|disgrace)|disgrace(?:ful)?
        shame on you|(?:be )?ashamed of yourselves|how dare
        bloody|wtf|what the (?:hell|fuck|heck)|go to hell|f+u+c+k\w*|shit\w*|crap\w*|bullshit|bastards?|arseholes?|assholes?|damn(?:ed)?|for (?:god|christ|fuck)'?s sake
        worst \w+(?: \w+)? (?:ever|i have|i've|in (?:my|the))|the worst (?:service|company|shop|experience)
        never (?:ever )?(?:again|buy|order|shop|shopping|ordering|buying)\b(?! \w+ without)|don'?t (?:ever )?buy (?:here|from)
        worst (?:\w+ )?(?:service|company|shop|store|experience|support|delivery|quality|care|seller|website|app)
        so mad|i(?:'m| am) (?:really |very )?mad|mad at (?:you|them)|shambles|(?:huge|a|total) con|unethical|criminal
        cheating (?:its|your|the|their|us|me)?|fake (?:excuses|promises)|incompeten(?:ce|t)
        sick and tired|sick of (?:you|your|this)|had it with
        i (?:really )?(?:hate|despise|loathe) (?:you|this|your)|hate this (?:shop|company|store)
        pathetic|disgust(?:ing|ed)|appalling|atrocious|despicable|vile|abysmal|horrendous
        (?:sue|suing) you|my lawyer|my solicitor|small claims|trading standards|to court|call(?:ing)? the police|report you|chargeback
        shove (?:it|your)|get lost|screw (?:you|this)|treated so badly|treated like dirt
        are you (?:kidding|joking)|you (?:must be|have got to be) (?:kidding|joking)
        """,
        deniable=True,
    ),
    _cues(
        Emotion.ANGRY,
        1,
        r"""
        unacceptable|ridiculous|unbelievable|incompetent|insult(?:ing|ed)?|rubbish|garbage|trash|terrible|horrible|awful|dreadful
        (?:my|our) money back|give (?:me|us)|right now|immediately|i demand|this instant|at once
        excuses|manager|your superiors?|ignor(?:e|ed|ing) (?:me|us)|boycott\w*
        rude(?:ly)?|attitude|unprofessional|nasty|arrogant|laughable|shocking|shame|not acceptable|dissatisf\w+
        you people|bunch of|the lot of you|ruined|destroyed
        """,
    ),
)

FRUSTRATION = (
    _cues(
        Emotion.FRUSTRATED,
        2,
        r"""
        frustrat\w+|fed up|annoy(?:ed|ing|s)|irritat(?:ed|ing)|exasperat\w+|infuriating|aggravating|tedious|tiresome
        (?:second|third|fourth|fifth|sixth|2nd|3rd|4th|5th|umpteenth|hundredth|nth) (?:time|attempt|message|mail|e-?mail|call|replacement)
        (?:twice|three times|four times|several times|many times|so many times|multiple times|countless times) (?:already|now)?
        already (?:told|said|sent|explained|gave|given|wrote|answered|asked|did)
        (?:i've|i have) (?:already )?(?:explained|told|said|called|written|mailed|tried) .{0,40}(?:three|four|five|several|everything|nothing|twice|times)
        how (?:many (?:more )?times|often|much longer|long (?:do i|must i|is this|will i))|do i (?:have|need) to repeat|repeat myself
        waste of (?:time|my time|money)|wast(?:ed|ing) (?:my|our)|(?:in|round in|around in) circles
        (?:no ?one|nobody|no body) (?:ever )?(?:answers?|replies|responds|picks? up|helps?|cares?|knows|is (?:answering|replying)|calls? back|got back)
        (?:had|have had) enough|i give up|giving up|driv(?:ing|es) (?:me|us) (?:mad|crazy|nuts|up the wall)
        every (?:single )?time|each time|why is it so (?:hard|difficult|complicated)|that'?s not what i (?:asked|said|meant|wanted)|not what i asked
        you (?:don'?t|do not|didn'?t) (?:understand|get it|listen|read)|you'?re not (?:listening|helping|understanding)|you are not (?:listening|helping|understanding)
        u+gh+|a+rgh+|grr+|un ?helpful|dissatisf\w+|unsatisf\w+|why oh why|(?:just )?stop (?:it|asking|sending|talking)
        (?:very |really |so |such a |extremely )(?:bad|poor|slow|difficult|confusing)|(?:bad|poor|terrible|horrible|awful|dreadful) (?:\w+ )?(?:experience|service|support|quality|communication|job|app|website)
        (?:waited|waiting|been waiting|sat|sitting|stayed) (?:in |at home |home |here )?(?:all|the whole|the entire|for ages|forever|since|so long|too long)|for ages|forever
        no ?(?:response|reply|resolution|solution|feedback|update|call ?back) (?:from|at all|yet|since|after|for)|but no (?:response|reply|resolution|solution|answer)|no resolution
        (?:no ?one|nobody|no-one|none) (?:is |was |has |even |ever )*(?:bother\w*|cares?|helping|helped|replied|replying|called|answered|listen\w*)
        getting nowhere|got nowhere|lots? of complaints|many complaints|multiple (?:complaints|follow|calls|mails|requests)
        nightmare|useless|hopeless|pointless|runaround|run around|passed around|pushed around
        (?:can|could|will|would) (?:any(?:one|body)|some(?:one|body)) (?:actually|finally|please actually)|nothing (?:ever )?works|nothing has happened
        (?:still|again) (?:no|nothing|not|waiting|haven'?t|hasn'?t|doesn'?t|isn'?t|won'?t|don'?t) .{0,30}(?:weeks?|months?|days|hours?)
        (?:for|over|after|been) (?:\w+ )?(?:weeks|months|a month|a week|an hour|hours) .{0,40}(?:still|nobody|no one|nothing|isn'?t|hasn'?t|haven'?t|no )
        still no (?:answer|reply|response|news|refund|parcel|sign|solution)|there'?s still nothing|yet (?:again|another)|not again|once more|once again|over and over|again and again
        chas(?:e|ing)(?: you)?|keeps? (?:happening|crashing|sending|saying|asking|telling|failing|logging|getting|giving|kicking|freezing|changing|being|cancelling|going|doing|repeating)
        promised|you said (?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|last|it would|you would)|shouldn'?t (?:take|be (?:so|this|that) (?:hard|difficult))
        """,
        deniable=True,
    ),
    _cues(
        Emotion.FRUSTRATED,
        1,
        r"""
        honestly|seriously|come on|for once|at last|finally|for days|for weeks|for months|for hours|on hold
        again|second \w+ now|still|going on|more than a (?:week|month)|why do i
        """,
    ),
)

SADNESS = (
    _cues(
        Emotion.SAD,
        2,
        r"""
        (?:so |very |really |quite |deeply |bitterly )?disappoint(?:ed|ing|ment|s)|sad(?:ly|der|dened|ness)?|upset(?:ting)?|gutted|heart ?broken|heart ?breaking|breaks? my heart
        let ?down|letdown|unhappy|miserable|depressed|devastated|crushed by|in tears|cried|crying|weep(?:ing)?|tearful|feeling (?:really )?(?:down|low|blue)
        (?:not|n'?t|isn'?t|wasn'?t|never) (?:really |very |at all |that |too |so |exactly |been )?(?:happy|pleased|satisfied|impressed|delighted)
        (?:a|real|such a|what a|great) (?:shame|pity)|too bad
        expected (?:better|more)|hoped (?:for (?:better|more)|it would)|hoping for (?:better|more)|regret(?:s|ted)?
        (?:was|were|been) (?:so |really )?(?:looking forward|supposed to be a)|dream(?:ed|t)? of|used to be (?:so )?(?:good|better|great)|aren'?t what (?:they|it) w(?:ere|as)|i miss
        sorry to say|late (?:husband|wife|mother|father|mum|dad)|grandm\w+'s|missed (?:the|her|his|our|my) \w+
        :\(|:-\(|:'\(|😢|😭|💔|😞|😔|🙁
        """,
    ),
    _cues(
        Emotion.SAD,
        1,
        r"""
        unfortunately|alas|oh no|favou?rite|hoped|trusted|spoilt|spoiled|lonely|lost (?:faith|trust)
        """,
    ),
)

WORRY = (
    _cues(
        Emotion.WORRIED,
        2,
        r"""
        worr(?:y|ied|ies|ying)|concern(?:ed|ing)|afraid|anxious|nervous|scared|scary|terrified|frightened|fear|panick?(?:ed|ing|s)?|uneasy|alarmed|stress(?:ed|ing)(?: out)?
        is (?:it|this|that|my \w+|my \w+ \w+) (?:still )?(?:safe|dangerous|secure|legit|real)|safe to (?:use|eat|touch|keep|wear)|dangerous
        smoke|smoking|sparks?|electric shock|shocked me|smell(?:s|ing)? (?:of|like) (?:burning|gas|smoke)|burning smell|overheat\w*|very hot
        allerg(?:y|ic|ies) .{0,60}(?:ate|eat|eaten|swallowed|what should)|should i (?:unplug|see a doctor|call)
        hacked|hacker|stolen|someone (?:else )?(?:has |is |has been )?(?:logged|got|using|used|in)|somebody (?:else )?(?:has |is )?(?:logged|got|using|used)|don'?t recogni[sz]e|did(?:n'?t| not) (?:make|authori[sz]e) th(?:is|at)
        (?:what if|hope (?:it'?s|it is|i'?m|that) not)|too late to|don'?t want to lose|don'?t dare|unsure (?:if|whether)|not sure (?:if|whether) i
        could (?:the|my|it) (?:\w+ )?(?:have been|be|got) (?:lost|stolen)|(?:got|been|is it|is my \w+) lost
        really from you|phishing|did my (?:payment|order|refund) go through
        will it (?:definitely|really|arrive|be here|come|get here) .{0,30}(?:by|before|in time)|be here (?:before|by|in time)|in time for
        please hurry|leave for|before (?:the|our|my|her|his) (?:wedding|party|birthday|funeral|trip|holiday|flight|christmas|move)
        """,
        deniable=True,
    ),
    _cues(
        Emotion.WORRIED,
        1,
        r"""
        urgent(?:ly)?|i think i (?:sent|gave|did|have)|i hope|suspicious|strange (?:mail|e-?mail|payment|charge)|can'?t be without|what should i do|help
        """,
        deniable=True,
    ),
)

PLEASURE = (
    _cues(
        Emotion.PLEASED,
        1,
        r"""
        thanks?|thank you|thx|ty|cheers|ta|appreciate(?:d)?|grateful|much obliged|bless you
        great|good|nice|lovely|perfect|fine now|happy|pleased|glad|satisfied|content|comfortable|beautiful|pretty|tasty|delicious|comfy|cosy|cute|handy|neat
        helpful|(?:big|great|huge|real) help|thankful|kind of you|friendly|well (?:done|packed|made)|quick|easy|smooth|awesome|cool|super|brilliant|excellent
        like (?:it|the|my|them|this)|likes (?:it|the|her|his|them)|enjoy(?:ed|ing|s)?|recommend(?:ed)?|would (?:order|buy) again|order again|fits? (?:well|perfectly|nicely|like a glove)|just right|just what i (?:wanted|needed)
        no complaints|not bad|can'?t complain|works (?:fine|well|now|perfectly|great|again)|all (?:good|sorted)|sorted|much better|fair (?:offer|enough|price)|good job|good value|as described|impressed|happily
        :\)|:-\)|;\)|🙂|😊|👍|🙏|😀|☺️?
        """,
        deniable=True,
    ),
    _cues(
        Emotion.DELIGHTED,
        2,
        r"""
        (?:absolutely |just |really |so |totally |truly )?(?:love|loved|loves|loving|adore|adored|adores) (?:it|them|this|these|those|the|my|our|your|you|how)|in love with|love love|we (?:love|adore)
        amaz(?:ed|ing)|wonderful|fantastic|magnificent|marvell?ous|phenomenal|spectacular|incredible|outstanding|superb|stunning|gorgeous|fabulous|terrific|exceptional|sensational|breathtaking|flawless|splendid|exquisite|divine
        delighted|thrilled|ecstatic|overjoyed|elated|chuffed|over the moon|on cloud nine|blown away|out of this world|made my (?:day|week|year)
        best (?:\w+ )?(?:\w+ )?(?:ever|in town|i'?ve (?:ever )?had)|ten out of ten|10 ?/ ?10|five stars|5 stars|top notch|first class|life ?saver|you'?re (?:the best|a star|a legend|stars|legends)|could(?:n'?t| not) be (?:happier|more (?:happy|pleased))
        can'?t wait|cannot wait|exceed(?:ed|s)? (?:all )?(?:my|our|every)|beyond (?:my|our|all)|so so happy|so (?:very )?happy|happy tears|thank you so (?:very )?much|thank you thank you|could (?:hug|kiss)
        wow|omg|yay|hooray|woohoo|yippee|hurrah|whoop
        ❤️?|😍|🎉|🥰|🤩|💕|😘|🙌
        """,
        deniable=True,
    ),
)

CUES: Final = (*ANGER, *FRUSTRATION, *SADNESS, *WORRY, *PLEASURE)

# Said of things that went wrong: a kind word beside one of these is not contentment.
PROBLEM: Final = re.compile(
    r"\b(?:broken?|broke|crack(?:ed|s)?|torn|damaged|faulty|defect\w*|wrong|missing|late|delay(?:ed|s)?|lost|lose|"
    r"cancel(?:led|ling)|crash(?:es|ed)?|instead|never (?:came|arrived|got)|"
    r"(?:did|does|do|has|have|is|was|are|were|won|would|could|can)(?:n'?t|n’t| not)|"
    r"nothing|nobody|mistakes?|scam|worst|twice|weeks|department to|another day|(?:two|three|four|five|six|seven|eight|nine|ten|\d+) days|puzzle|collection|eaten|"
    r"returns?|refund|exchange|cancel|stopped|problem|issue|error|fail(?:ed|s)?|stuck|leaks?|charged)\b"
)
# A kind word that opens a complaint: "Great, another day …", "Thanks for nothing".
MOCK_PRAISE: Final = re.compile(
    r"^(?:oh |well |ah |wow |so |really )?(?:great|brilliant|wonderful|lovely|fantastic|perfect|awesome|excellent|super|"
    r"nice|amazing|marvell?ous|superb|congratulations|congrats|bravo|well done|good job|great job|nice (?:one|work|job)|"
    r"how (?:nice|kind|lovely|generous|helpful)|what a (?:surprise|joy|pleasure|treat)|thank you so much for|thanks (?:so much |a lot )?for|"
    r"keep up|just love|i (?:just |really |simply )?love (?:being|how|when|it when|waiting)|five stars|impressive)\b"
)
# Always mockery, whatever else is said.
MOCKERY: Final = re.compile(
    r"\b(?:thanks for nothing|thank you for nothing|geniuses|nothing better to do|just what i needed|exactly what i (?:didn|wanted least)|"
    r"slow clap|what a surprise|shall i start|yeah,? right|as if|big surprise|my favou?rite hobby|can'?t wait (?:for the next|to wait)|"
    r"i always wanted)"
)
REQUEST: Final = re.compile(
    r"\?|\b(?:please|could you|can you|can i|could i|would you|i'?d like|i would like|i need|i want|would like|tell me|"
    r"where|when|how (?:do|can|much|long)|in advance|order number|\d{5,})\b"
)
DENIAL: Final = re.compile(
    r"\b(?:not|never|no|without|nothing|hardly|neither|nor|isn'?t|wasn'?t|aren'?t|weren'?t|don'?t|didn'?t|doesn'?t|can'?t|cannot|won'?t|wouldn'?t|couldn'?t|ain'?t)(?:\W+\w+){0,2}\W+$"
)
