namespace Snapback.Control;

/// <summary>Why a text is no JSON.</summary>
public static class JsonCause
{
    /// <returns>The message without the place that System.Text.Json appends, whose lines begin at 0.</returns>
    public static string Of(Exception e) => e.Message.Split(" LineNumber:")[0];
}
