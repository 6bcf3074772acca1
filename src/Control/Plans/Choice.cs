namespace Snapback.Control.Plans;

/// <summary>One word out of a few.</summary>
internal sealed class Choice<T>(params (string Word, T Value)[] options)
    where T : struct
{
    public Parsed<T> Parse(string text)
    {
        foreach (var (word, value) in options)
        {
            if (word == text)
            {
                return value;
            }
        }

        var words = options.Select(option => option.Word).ToList();
        return new Fault(
            $"{Shown.Quoted(text)} is not known here.",
            Suggestion.For(text, words) is { } meant ? $"Did you mean {meant}?"
                : words is [var only] ? $"Use {only}."
                : $"Use {string.Join(", ", words.SkipLast(1))} or {words[^1]}.");
    }

    public string Format(T value) => options.First(option => EqualityComparer<T>.Default.Equals(option.Value, value)).Word;
}
