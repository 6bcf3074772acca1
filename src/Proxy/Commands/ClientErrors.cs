namespace Snapback.Proxy.Commands;

/// <summary>The admin side answered, and the answer is no.</summary>
internal sealed class AdminRefusedException(IReadOnlyList<string> sentences) : Exception(string.Join('\n', sentences))
{
    public IReadOnlyList<string> Sentences { get; } = sentences;
}

/// <summary>Nothing that is an admin side answered in time, or the store behind it did not.</summary>
internal sealed class AdminUnreachableException(string sentence) : Exception(sentence)
{
    public static AdminUnreachableException Of(Uri address, string why) =>
        new($"The admin side at {address} cannot be reached: {why}. Set its address with --admin URL or {ClientOptions.AdminVariable}.");
}

/// <summary>A mistake in the call that only shows once a file or a variable has been read.</summary>
internal sealed class UsageException(string sentence) : Exception(sentence);
