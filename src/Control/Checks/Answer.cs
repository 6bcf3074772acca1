namespace Snapback.Control.Checks;

/// <summary>What one asking of a check came to.</summary>
/// <param name="Sentence">For people: the value and what is allowed, or why there is none.</param>
/// <param name="HasSubject">The sentence is whole, such as that of a server; otherwise its subject is the check.</param>
internal readonly record struct Answer(AnswerKind Kind, string Sentence, bool HasSubject = false)
{
    /// <summary>"lag is 9", "lag: prometheus:9090 cannot be reached".</summary>
    public string Of(string check) => HasSubject ? $"{check}: {Sentence}" : $"{check} {Sentence}";
}

/// <summary>How an answer counts.</summary>
internal enum AnswerKind
{
    Good,
    Bad,

    /// <summary>The provider answered and has no value: says nothing about the canary.</summary>
    Nothing,

    /// <summary>Stable breaks the same condition, and the canary has no more than its share: nobody is blamed.</summary>
    Both,

    /// <summary>The provider does not answer, or not in a way that can be understood: says nothing about the canary, and somebody is told.</summary>
    Down,
}
