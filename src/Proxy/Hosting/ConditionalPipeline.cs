using Microsoft.AspNetCore.Http.Features;

namespace Snapback.Proxy.Hosting;

/// <summary>A part of YARP's pipeline that only some requests go through: an asynchronous middleware costs a request even if it does nothing for it.</summary>
internal sealed class ConditionalPipeline(IReverseProxyApplicationBuilder pipeline, Func<HttpContext, bool> applies) : IReverseProxyApplicationBuilder
{
    public IServiceProvider ApplicationServices
    {
        get => pipeline.ApplicationServices;
        set => pipeline.ApplicationServices = value;
    }

    public IFeatureCollection ServerFeatures => pipeline.ServerFeatures;

    public IDictionary<string, object?> Properties => pipeline.Properties;

    public IApplicationBuilder Use(Func<RequestDelegate, RequestDelegate> middleware)
    {
        pipeline.Use(next =>
        {
            var through = middleware(next);
            return context => applies(context) ? through(context) : next(context);
        });
        return this;
    }

    public IApplicationBuilder New() => pipeline.New();

    public RequestDelegate Build() => pipeline.Build();
}
