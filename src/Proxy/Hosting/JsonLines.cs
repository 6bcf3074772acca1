using System.Globalization;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Compact;
using Serilog.Formatting.Display;
using Serilog.Parsing;

namespace Snapback.Proxy.Hosting;

/// <summary>
/// One JSON object a line (https://clef-json.org), whose message reads as it does on a terminal: the formatter by itself puts every text
/// in it into quotation marks, which JSON then escapes.
/// </summary>
internal sealed class JsonLines : ITextFormatter
{
    /// <summary>"l" renders strings without quotation marks, and other values by their ToString.</summary>
    public const string Message = "{Message:l}";

    private readonly MessageTemplateTextFormatter _message = new(Message, CultureInfo.InvariantCulture);
    private readonly RenderedCompactJsonFormatter _line = new();

    public void Format(LogEvent logEvent, TextWriter output)
    {
        using var message = new StringWriter(CultureInfo.InvariantCulture);
        _message.Format(logEvent, message);
        // The template's text is kept, since the event id (@i) is a hash of it.
        var said = new MessageTemplate(logEvent.MessageTemplate.Text, [new TextToken(message.ToString())]);
        _line.Format(
            new LogEvent(
                logEvent.Timestamp, logEvent.Level, logEvent.Exception, said,
                logEvent.Properties.Select(property => new LogEventProperty(property.Key, property.Value)),
                logEvent.TraceId ?? default,
                logEvent.SpanId ?? default),
            output);
    }
}
