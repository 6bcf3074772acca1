using System.Globalization;
using Snapback.Control.Analysis;

namespace Snapback.Control.Simulation;

/// <summary>
/// NCSA common and combined, nginx's default among them: <c>host - user [time] "request" status bytes "referer" "agent"</c>, with
/// nginx's <c>$request_time</c> in seconds at the end if the operator has added it.
/// </summary>
internal static class AccessLogLine
{
    private const string TimeFormat = "dd/MMM/yyyy:HH:mm:ss zzz";

    public static bool TryRead(string line, bool isCanary, out RecordedResponse response, out string fault)
    {
        response = default;
        var (opens, closes) = (line.IndexOf('['), line.IndexOf(']'));
        if (opens < 0 || closes < opens || !DateTimeOffset.TryParseExact(
            line.AsSpan(opens + 1, closes - opens - 1), TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var at))
        {
            fault = "neither a JSON object nor an access log line with a time such as [10/Oct/2026:13:55:36 +0000].";
            return false;
        }

        var request = line.IndexOf('"', closes);
        var end = request < 0 ? -1 : EndOfText(line, request);
        if (end < 0)
        {
            fault = "no request in quotes after the time.";
            return false;
        }

        var rest = line.AsSpan(end + 1).TrimStart();
        var space = rest.IndexOf(' ');
        var word = space < 0 ? rest : rest[..space];
        if (!Statuses.TryParse(word, out var status))
        {
            fault = $"'{word}' after the request is no HTTP status.";
            return false;
        }

        fault = "";
        response = new RecordedResponse(
            at.ToUnixTimeMilliseconds() / 1000.0, isCanary, Statuses.OutcomeOf(status), RequestTime(rest[word.Length..]), null, 0);
        return true;
    }

    // The number after the last quoted text; in the common format the third after the request, so that bytes are not taken for it.
    private static double? RequestTime(ReadOnlySpan<char> afterStatus)
    {
        var quote = afterStatus.LastIndexOf('"');
        var tail = (quote < 0 ? AfterWord(afterStatus.TrimStart()) : afterStatus[(quote + 1)..]).Trim();
        var word = tail[(tail.LastIndexOf(' ') + 1)..];
        word = word[(word.IndexOf('=') + 1)..];
        return double.TryParse(word, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
            ? RecordedResponse.Latency(seconds * 1000)
            : null;
    }

    private static ReadOnlySpan<char> AfterWord(ReadOnlySpan<char> text) => text.IndexOf(' ') is >= 0 and var space ? text[space..] : [];

    // Clients may send quotes; servers escape them.
    private static int EndOfText(string line, int quote)
    {
        for (var i = quote + 1; i < line.Length; i++)
        {
            if (line[i] == '"')
            {
                return i;
            }

            i += line[i] == '\\' ? 1 : 0;
        }

        return -1;
    }
}

/// <summary>What a status alone says about the arm that gave it.</summary>
internal static class Statuses
{
    /// <summary>nginx's word for a client that went away: nobody's failure.</summary>
    private const int ClientClosed = 499;

    public static bool TryParse(ReadOnlySpan<char> text, out int status) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out status) && status is >= 100 and <= 999;

    public static Outcome OutcomeOf(int status) => status switch
    {
        >= 500 => Outcome.Failure,
        ClientClosed => Outcome.Neutral,
        _ => Outcome.Success,
    };
}
