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
        theft|st(?:eal|ole|eals|ealing)(?: \w+)? (?:from|my|our)|robbing|ripping (?:\w+ )?off|extortion|daylight robbery|con artists?|dishonest|deceiv\w+|lie to (?:me|us|my|your)
        contempt(?:uous)?|the (?:nerve|cheek|audacity|gall)|fob(?:bing|bed)? (?:me|us) off|take (?:me|us) for (?:a fool|fools|an idiot)|treat(?:ed|ing)? (?:me|us) like
        (?:going to|gonna|will|'ll|about to) (?:lose it|explode)|i(?:'m| am) (?:absolutely )?(?:boiling|raging|steaming|irate)|irate|rage|enough is enough
        warn (?:every(?:one|body)|my \w+|people|others)|tell (?:every(?:one|body)|people) (?:to avoid|not to|how (?:bad|awful|you))|avoid (?:this|at all)|(?:most|so) (?:useless|incompetent|stupid|dishonest)
        do you people|what (?:kind|sort) of (?:shop|company|people|clowns|outfit)|(?:threw|chucked|hurled|kicked) (?:it|my|a|the)|(?:the|your|you) muppets
        unforgivable|inexcusable|incensed|infuriated|hopping mad|see(?:ing)? red|blood (?:is )?boil(?:s|ing)|shame(?:ful|less|lessly)|scandal(?:ous)?|conned|conning|duped|hoodwinked|charlatans?|cowboys|parasites|vultures|scum|twats?|tossers?|wankers?|prats?|pillocks?|numpt(?:y|ies)|amateurs|bloodsuckers
        tak(?:e|ing) the (?:piss|mick|mickey)|having a laugh|ombudsman|consumer (?:court|forum|rights)|lawsuit|legal action|take (?:this|it) further|nam(?:e|ing) and sham(?:e|ing)|bbb|watchdog|go public|lost for words at|how (?:can|could) you (?:do|treat|be so|live)|who do you think you are|(?:greedy|heartless|cruel|nasty|vile|horrid|evil) (?:company|people|shop|lot)|hate (?:you|your)|never (?:been )?(?:so|as|this) (?:angry|insulted|badly)
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
        wit'?s'? end|end of my (?:tether|rope)|(?:so |i'?m |completely )over it|exhaust(?:ed|ing)|worn out|wears? (?:me|you) (?:out|down)|(?:los(?:ing|t)|run(?:ning)? out of|out of) (?:my )?patience|patience is
        (?:begin|start|started|starting) (?:anew|all over|again from|from (?:zero|scratch))|(?:have|having|had) to (?:start|begin) (?:over|again)|no further|back to square one|gave up|too much for me|enough of this|up to here
        wast(?:ed|ing|e) (?:\w+ ){0,2}(?:day|days|hours?|evening|morning|afternoon|weekend|time)|keep having to|kept (?:telling|asking|waiting|getting)|had to (?:ring|call|chase|ask) .{0,20}(?:again|times)|pulling my hair
        (?:can|could|would|will) (?:you|some(?:one|body)|any(?:one|body)) (?:please )?just|every (?:\w+ )?(?:minutes?|few minutes) and|tired of|beyond (?:me|tired)
        at a loss|(?:stuck )?in a loop|(?:going|getting|gets? (?:me|us)) nowhere|no progress|(?:from )?pillar to post|(?:jump(?:ing)? through )?hoops|hassle|faff|palaver|drained|knackered|done with (?:this|you|it)|bored of|sigh|ffs|(?:the )?same (?:old )?(?:answer|question|story|excuse|problem|issue|error|thing) (?:again|every|over|as)|tried everything|nothing (?:helps?|changes?|happens)|getting old|what (?:else|more) (?:can|do) i (?:do|have to do)|how hard (?:can|is) it
        (?:is that |is it )?too much to ask|could do without|so (?:slow|complicated|confusing|difficult)|takes so long|takes? (?:forever|ages|an age)|keep (?:waiting|calling|ringing|writing|asking|getting|being|hearing|explaining|repeating)|kept (?:on hold|in the dark)|(?:left|leave me) hanging|left in the dark|no help (?:at all|whatsoever)|hopelessly|why (?:can'?t|won'?t|doesn'?t|is) (?:it|this|any(?:one|body)|somebody|someone|nobody|no one) (?:just|ever|simply)|what is the point|what'?s the point|goes? in one ear|like talking to a (?:wall|brick)|talking to a (?:wall|brick)|bang(?:ing)? my head
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
        let[- ]downs?|let(?:s|ting)? (?:me|us|him|her|them|\w+) down|(?:\w+ )?heart (?:sank|aches|is heavy)|(?:that |it |this )?(?:just |really )?hurts?(?= a (?:bit|lot)| that| when| me| us)|could (?:just )?cry
        before (?:he|she|they) (?:died|passed)|passed away|in (?:his|her|their) memory|can(?:'t|not) be (?:replaced|made good|undone)|last thing (?:my|he|she)|irreplaceable|mourning|grieving
        heartache|teary|sob(?:bed|bing)?|bawling|crestfallen|dismayed|dejected|bumm(?:ed|er)|glum|disheartened|demorali[sz]ed|broken[- ]hearted|miss(?:ed|ing) out|(?:spoil(?:ed|t)|ruined) (?:our|her|his|my|the) (?:day|evening|party|christmas|birthday|holiday|weekend|surprise)|wish (?:it|you|things) (?:had|were|was)|feel (?:so |really |quite |a bit )?(?:low|down|bad|sad|blue|let|hurt|empty)|(?:hopes|dreams?) (?:were |was |is )?dashed|sorrow(?:ful)?|such a blow|sentimental|(?:not|isn't|wasn't) what (?:i|we) (?:hoped|expected|wanted|dreamt)|deserved? better
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
        hacked|hacker|stolen|someone (?:else )?(?:has |is |has been )?(?:logged|got|using|used|in my)|somebody (?:else )?(?:has |is )?(?:logged|got|using|used)|don'?t recogni[sz]e|did(?:n'?t| not) (?:make|authori[sz]e) th(?:is|at)
        (?:what if|hope (?:it'?s|it is|i'?m|that) not)|too late to|don'?t want to lose|don'?t dare|unsure (?:if|whether)|not sure (?:if|whether) i
        could (?:the|my|it) (?:\w+ )?(?:have been|be|got) (?:lost|stolen)|(?:got|been|is it|is my \w+) lost
        really from you|phishing|did my (?:payment|order|refund) go through
        will it (?:definitely|really|arrive|be here|come|get here) .{0,30}(?:by|before|in time)|be here (?:before|by|in time)|in time for
        please hurry|leave for|before (?:the|our|my|her|his) (?:wedding|party|birthday|funeral|trip|holiday|flight|christmas|move)
        (?:i |i'm |just |only |really )?hop(?:e|ing) (?:that )?(?:nobody|no ?one|it|it's|they|he|she|my \w+|nothing)(?! helps?| finds?)|(?:are you|is it|not|i'm not) (?:really )?(?:sure|certain) (?:it'?s|that it'?s|the money|it is|my money) (?:\w+ )?(?:safe|legit|real|ok)
        legit|did (?:my|the) (?:payment|order|money) (?:even |really |actually )?go(?:ne)? through
        dread(?:ing)?|apprehensive|freak(?:ing|ed)? out|on edge|(?:can'?t|couldn'?t|lost|losing) sleep|sleepless|sketchy|dodgy|hazard(?:ous)?|poison(?:ed|ous|ing)?|rash|allergic reaction|catch(?:es|ing)? fire|caught fire|on fire|burn(?:ed|t) (?:my|me|his|her)|unsafe|in danger|unauthori[sz]ed|compromised|data breach|breach|identity theft|fingers crossed|running out of time|cutting it (?:close|fine)|desperate(?:ly)?|god forbid|will i (?:lose|ever get)|did i (?:just )?(?:lose|do something wrong)|(?:bit|little|getting|so|very|really) (?:\w+ )?(?:worried|nervous|anxious|concerned|tense)|hasn'?t (?:been )?(?:lost|stolen)|fell for|shaking|trembling|(?:baby|toddler|child|kids?) .{0,40}(?:glass|sharp|swallow\w*|crawling|choke)|(?:glass|splinter\w*|sharp) .{0,40}(?:baby|toddler|child|kids?)
        gets? (?:so |very |really |quite )?hot|worried sick|is that (?:safe|dangerous)|went to the wrong (?:house|address|person)
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
        fair play|does what it (?:should|says)|(?:says|said) on the tin|solid|sound
        (?:that )?(?:works|worked) a treat|pleasant(?:ly)?|courteous|efficient|speedy|reliable|decent|fine by me|suits me|happy (?:with|about)|relie[fv]\w*|reassur\w+|no (?:trouble|bother|fuss)|hassle[- ]free|as (?:promised|ordered|expected)|better than (?:expected|i thought)|lovely jubbly|top (?:man|job|marks|lad|service)|nice one|thumbs up|keep it up|bravo|kudos|well played|thank u|tysm|tnx|merci|danke|you (?:fixed|solved|sorted) (?:it|that|this)|(?:that'?s|what) a relief|relieved|well worth|worth (?:it|the (?:wait|money))|spot on|no issues|can'?t fault
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
        (?:1[0-9]|[2-9]\d|100)/10|ye+s{2,}|(?:you|they|your \w+|team|guys|service) rocks?|never been (?:happier|so happy|more (?:happy|pleased))|legends?|hands down|speechless
        mind[- ]?blow(?:n|ing)|jaw[- ]?drop(?:ped|ping)|obsessed|smitten|stoked|buzzing|jumping for joy|grinning|beaming|squeal\w*|heavenly|(?:a|you'?re|absolute|total) (?:star|stars|gem|gems|treasure|hero|heroes|angel|angels|genius)|hero(?:es)?|epic|insanely good|so (?:damn |freaking |very )?(?:good|happy|pretty|beautiful|soft|perfect|lovely|cute|comfy)|(?:absolutely|utterly|totally|completely|simply|just) (?:perfect|beautiful|brilliant|lovely|love|great|excellent|gorgeous)|beyond (?:happy|pleased|thrilled|grateful)|forever grateful|five out of five|5 ?/ ?5|in heaven|dream come true|perfection|made (?:me|him|her|us) (?:so )?(?:happy|smile)|best \w+ \w+ (?:i|we) (?:have|had)
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
    r"nothing|nobody|mistakes?|scam|worst|twice|weeks|another day|(?:two|three|four|five|six|seven|eight|nine|ten|\d+) days|"
    r"returns?|refund|exchange|cancel|stopped|problem|issue|error|fail(?:ed|s)?|stuck|leaks?|charged)\b"
)
# A kind word that opens a complaint: "Great, another day …", "Thanks for nothing".
MOCK_PRAISE: Final = re.compile(
    r"^(?:oh |well |ah |wow |so |really )?(?:great|brilliant|wonderful|lovely|fantastic|perfect|awesome|excellent|super|"
    r"nice|amazing|marvell?ous|superb|congratulations|congrats|bravo|well done|good job|great job|nice (?:one|work|job|of you)|"
    r"how (?:nice|kind|lovely|generous|helpful)|what a (?:surprise|joy|pleasure|treat)|thank you so much for|thanks (?:so much |a lot )?for|"
    r"keep up|cheers for|thanks a (?:bunch|million) for|what (?:heroes|geniuses|legends|stars|a company)|so (?:clever|kind|nice|thoughtful|helpful|glad|happy|good) (?:of you|i|to|that)|"
    r"(?:how|very|real(?:ly)?|so|truly|oh so|simply) (?:kind|clever|nice|thoughtful|classy|professional|world class|impressive|convenient|useful|generous|enjoying|loving)|"
    r"glad to (?:see|hear|know)|fab(?:ulous)?|outstanding|stellar|a\+|perfect timing|amazing how|funny how|i (?:just |simply |really )?(?:love|adore)|love|loving|just adore|best \d+|"
    r"(?:well )?aren'?t you|good thing|just love|i (?:just |really |simply )?love (?:being|how|when|it when|waiting)|five stars|impressive)\b"
)
# Always mockery, whatever else is said.
MOCKERY: Final = re.compile(
    r"\b(?:thanks for nothing|thank you for nothing|geniuses|nothing better to do|just what i needed|exactly what i (?:didn|wanted least)|"
    r"slow clap|what a surprise|shall i start|yeah,? right|as if|big surprise|my favou?rite hobby|can'?t wait (?:for the next|to wait)|"
    r"i always wanted|so glad i (?:paid|waited|chose|ordered)|said no ?one ever|what could (?:possibly )?go wrong|"
    r"(?:will|would|that'?ll) (?:surely|totally|definitely) (?:heal|fix|solve|make up)|heard that one before|pure fiction|game of (?:guess|hide)|"
    r"(?:went|go) straight in the bin|or anything$|keep up the (?:great|good) work (?:ripping|losing|lying)|fifth time (?:will be|is) the charm|🙄|👏👏)"
)
# What nobody praises: beside mock praise it gives the mockery away, besides the problems above.
NOBODY_PRAISES: Final = re.compile(
    r"\b(?:empty|zero|hedge|bin|guess\w*|excuses?|fiction|ruin(?:ed|ing)|block(?:ed|ing)|delet(?:ed?|ing)|steal(?:ing)?|stole|robb?(?:ed|ing)|ignor(?:ed|ing)|lying|lie|useless|"
    r"three times|four times|(?:third|fourth|fifth|sixth|second) (?:time|day|week)|only (?:\w+ )?(?:days|weeks|months|hours)|for (?:\w+ )?(?:days|weeks|months|hours)|months|all day|in a row|"
    r"the day after|keep (?:my|our) money|explaining my|ordered .{1,40}(?:got|received)|too late|nobody|no ?one|extra|doesn'?t|half|scratch(?:ed|es)?|closed)\b|\"[^\"]{3,60}\""
)
# Something was bad and is over: what is felt now stands behind it.
OVERCOME: Final = re.compile(
    r"\b(?:was|were|at first|first (?:one|parcel|time)|earlier|last week|after the|took a while|a day late|expected nothing|sorry for being)\b.{0,80}?"
    r"(?:\bbut\b|\band then\b|\band you\b|\btoday\b|\bnow\b|\bthe (?:new|second|next) one\b|\bin the end\b|[,.;] ?(?:thanks|thank you)\b)"
)
REQUEST: Final = re.compile(
    r"\?|\b(?:please|could you|can you|can i|could i|would you|i'?d like|i would like|i need|i want|would like|tell me|"
    r"where|when|how (?:do|can|much|long)|in advance|order number|\d{5,})\b"
)
DENIAL: Final = re.compile(
    r"\b(?:not|never|no|without|nothing|hardly|neither|nor|isn'?t|wasn'?t|aren'?t|weren'?t|don'?t|didn'?t|doesn'?t|can'?t|cannot|won'?t|wouldn'?t|couldn'?t|ain'?t)(?:\W+\w+){0,2}\W+$"
)
